package x12

import "errors"

// Delimiters are the four characters that part the text of an interchange. Each
// interchange declares its own in the ISA; nothing else may be assumed.
type Delimiters struct {
	Element    byte // ISA character 4
	Repetition byte // ISA11; 0 when the sender declares none (a 4010 habit)
	Component  byte // ISA16
	Terminator byte // ISA character 106
}

// DefaultDelimiters are the ones most trading partners use.
func DefaultDelimiters() Delimiters {
	return Delimiters{Element: '*', Repetition: '^', Component: ':', Terminator: '~'}
}

// Check refuses delimiters that cannot be told apart, or that ordinary data holds.
func (d Delimiters) Check() error {
	all := []byte{d.Element, d.Component, d.Terminator}
	if d.Repetition != 0 {
		all = append(all, d.Repetition)
	}
	for i, c := range all {
		if isAlphanumeric(c) || c == ' ' || c == 0 || c >= 0x80 {
			return errors.New("check delimiters: a delimiter is a letter, a digit, a blank or no ASCII character")
		}
		for _, other := range all[:i] {
			if c == other {
				return errors.New("check delimiters: two delimiters are the same character")
			}
		}
	}
	return nil
}

// splits says whether c would part the data it stands in.
func (d Delimiters) splits(c byte) bool {
	return c == d.Element || c == d.Component || c == d.Terminator || (d.Repetition != 0 && c == d.Repetition)
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}
