package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"

	"github.com/goccy/go-yaml"
)

// Why sealed bytes cannot be opened. Neither says anything of what was sealed.
var (
	ErrUnknownKey = errors.New("sealed with a key that is not in the ring")
	ErrTampered   = errors.New("not sealed by this ring for this purpose, or changed since")
)

// Purpose says what something is sealed for. Bytes sealed for one purpose do not open for
// another. The text is part of what is authenticated: it never changes.
type Purpose string

const (
	Payloads  Purpose = "parley temporal payload"
	CaseFiles Purpose = "parley case file"
)

// version 1: AES-256-GCM with a random nonce. A key must be replaced before it has sealed
// 2^32 messages (NIST SP 800-38D, 8.3).
const version = 1

const keyBytes = 32

var keyID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// Ring seals with its current key and opens with any key it holds. It is safe for use by
// several goroutines.
type Ring struct {
	current string
	keys    map[string]cipher.AEAD
	demo    bool
}

// file is a key file. Demo marks keys that anyone can know: made for a demonstration, and
// refused wherever others can reach the program.
type file struct {
	Current string            `yaml:"current"`
	Keys    map[string]string `yaml:"keys"`
	Demo    bool              `yaml:"demo,omitempty"`
}

// Load reads a key file.
func Load(path string) (*Ring, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	return Parse(b)
}

// Parse reads the text of a key file. Errors say where it is wrong and never quote it: a
// key may stand anywhere in a file that is not of the right form.
func Parse(text []byte) (*Ring, error) {
	var f file
	if err := yaml.UnmarshalWithOptions(text, &f, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read keys: %s", where(err))
	}
	if len(f.Keys) == 0 {
		return nil, errors.New("read keys: there is none under 'keys'")
	}
	r := &Ring{current: f.Current, keys: make(map[string]cipher.AEAD, len(f.Keys)), demo: f.Demo}
	for id, secret := range f.Keys {
		if !keyID.MatchString(id) {
			return nil, errors.New("read keys: a key's ID is 1 to 32 small letters, digits and hyphens, and begins with no hyphen")
		}
		key, err := base64.StdEncoding.Strict().DecodeString(secret)
		if err != nil || len(key) != keyBytes {
			return nil, fmt.Errorf("read keys: key %s is not base64 of %d bytes", id, keyBytes)
		}
		if r.keys[id], err = aead(key); err != nil {
			return nil, fmt.Errorf("read keys: key %s cannot be used", id)
		}
	}
	if r.keys[f.Current] == nil {
		return nil, errors.New("read keys: 'current' names no key of the file")
	}
	return r, nil
}

func aead(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// where turns the parser's error, which quotes the file, into a line number.
func where(err error) string {
	const form = "not a key file: it holds 'current', 'keys' and perhaps 'demo'"
	var told yaml.Error
	if errors.As(err, &told) && told.GetToken() != nil && told.GetToken().Position != nil {
		return fmt.Sprintf("line %d: %s", told.GetToken().Position.Line, form)
	}
	return form
}

// Generate is the text of a new key file with one key.
func Generate(demo bool) ([]byte, error) {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key) // it never fails
	text, err := yaml.Marshal(file{Current: "k1", Keys: map[string]string{"k1": base64.StdEncoding.EncodeToString(key)}, Demo: demo})
	if err != nil {
		return nil, errors.New("write keys: cannot be written as YAML")
	}
	return text, nil
}

// Current is the ID of the key that seals.
func (r *Ring) Current() string { return r.current }

// Demo reports whether the keys are a demonstration's.
func (r *Ring) Demo() bool { return r.demo }

// IDs lists the keys that open.
func (r *Ring) IDs() []string {
	ids := make([]string, 0, len(r.keys))
	for id := range r.keys {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Seal encrypts plain with the current key. The same bytes sealed twice differ.
func (r *Ring) Seal(p Purpose, plain []byte) []byte {
	header := append([]byte{version, byte(len(r.current))}, r.current...)
	return r.keys[r.current].Seal(header, nil, plain, bound(p, header))
}

// Open returns what was sealed for a purpose: ErrUnknownKey if the ring lacks its key,
// ErrTampered for anything else that is wrong with it.
func (r *Ring) Open(p Purpose, sealed []byte) ([]byte, error) {
	header, id, ok := split(sealed)
	if !ok {
		return nil, ErrTampered
	}
	key := r.keys[id]
	if key == nil {
		return nil, ErrUnknownKey
	}
	plain, err := key.Open(nil, nil, sealed[len(header):], bound(p, header))
	if err != nil {
		return nil, ErrTampered
	}
	return plain, nil
}

// SealedWith is the ID of the key that sealed something, "" if it was never sealed. Whoever
// retires a key asks for it first.
func SealedWith(sealed []byte) string {
	_, id, _ := split(sealed)
	return id
}

// bound is what is authenticated beside the contents. The purpose has its length before
// it, so that no purpose and header together read like another pair.
func bound(p Purpose, header []byte) []byte {
	b := append([]byte{byte(len(p))}, p...)
	return append(b, header...)
}

func split(sealed []byte) (header []byte, id string, ok bool) {
	if len(sealed) < 2 || sealed[0] != version {
		return nil, "", false
	}
	end := 2 + int(sealed[1])
	if len(sealed) < end || !keyID.Match(sealed[2:end]) {
		return nil, "", false
	}
	return sealed[:end:end], string(sealed[2:end]), true
}
