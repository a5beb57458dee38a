package payer

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxBody bounds a profile: none shipped is a tenth of it.
const maxBody = 256 << 10

// Fault is one thing wrong with a profile, and where.
type Fault struct {
	File  string
	Line  int // 0 where none can be told
	Words string
}

func (f Fault) Error() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s", f.File, f.Words)
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Words)
}

// Parse reads one profile and checks it whole. The error joins a [Fault] for everything
// that is wrong, each with its line: an unknown key is as wrong as a missing one.
func Parse(file string, body []byte) (*Profile, error) {
	if len(body) > maxBody {
		return nil, Fault{File: file, Words: "is larger than any profile may be"}
	}
	p := &Profile{Body: bytes.Clone(body), SHA256: sha256.Sum256(body)}
	if err := yaml.UnmarshalWithOptions(body, p, yaml.Strict()); err != nil {
		return nil, decodeFault(file, err)
	}
	tree, err := parser.ParseBytes(body, 0)
	if err != nil {
		return nil, decodeFault(file, err)
	}
	c := &checker{file: file, tree: tree}
	c.check(p)
	if len(c.faults) > 0 {
		return nil, errors.Join(c.faults...)
	}
	return p, nil
}

func decodeFault(file string, err error) error {
	var at yaml.Error
	if !errors.As(err, &at) {
		return Fault{File: file, Words: "is not a profile: " + err.Error()}
	}
	f := Fault{File: file, Words: at.GetMessage()}
	if t := at.GetToken(); t != nil && t.Position != nil {
		f.Line = t.Position.Line
	}
	return f
}

// checker gathers faults; it finds the line of a fault by its path in the file.
type checker struct {
	file   string
	tree   *ast.File
	faults []error
}

// fault notes what is wrong at a path such as 'rules[2].when'. A missing key is told at
// the nearest of its parents that is there.
func (c *checker) fault(path, format string, args ...any) {
	f := Fault{File: c.file, Words: path + " " + fmt.Sprintf(format, args...)}
	for at := path; ; {
		if line := c.line(at); line > 0 {
			f.Line = line
			break
		}
		cut := strings.LastIndexAny(at, ".[")
		if cut < 0 {
			break
		}
		at = at[:cut]
	}
	c.faults = append(c.faults, f)
}

func (c *checker) line(path string) int {
	at, err := yaml.PathString("$." + path)
	if err != nil {
		return 0
	}
	node, err := at.FilterFile(c.tree)
	if err != nil || node == nil || node.GetToken() == nil {
		return 0
	}
	return node.GetToken().Position.Line
}

// consists says whether all of s are of the set; it is false for the empty string.
func consists(s, set string) bool {
	return s != "" && strings.Trim(s, set) == ""
}

const (
	digits = "0123456789"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lower  = "abcdefghijklmnopqrstuvwxyz"
)

// KnownVersion gives a profile the number the database knows it by.
func (p *Profile) KnownVersion(n int) *Profile {
	known := *p
	known.Version = n
	return &known
}
