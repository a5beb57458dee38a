package codes

import "strings"

// ValidNPI says whether s is a National Provider Identifier: ten digits whose last is
// the Luhn check digit over the others with the prefix 80840 (45 CFR 162.406).
func ValidNPI(s string) bool {
	if len(s) != 10 || !allDigits(s) || (s[0] != '1' && s[0] != '2') {
		return false
	}
	sum := 24 // what the prefix 80840 adds
	for i := range 9 {
		d := int(s[8-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return (10-sum%10)%10 == int(s[9]-'0')
}

// ICD10CMForm says whether s has the form of an ICD-10-CM code, with its point or
// without: a letter, a digit, a digit or letter, then up to four more.
func ICD10CMForm(s string) bool {
	s = strings.ToUpper(s)
	if len(s) > 3 && s[3] == '.' {
		s = s[:3] + s[4:]
	}
	if len(s) < 3 || len(s) > 7 || !letter(s[0]) || !digit(s[1]) {
		return false
	}
	return alphanumeric(s[2:])
}

// HCPCS2Form says whether s has the form of a HCPCS level II code: a letter and four
// digits.
func HCPCS2Form(s string) bool {
	return len(s) == 5 && letter(s[0]) && s[0] <= 'V' && allDigits(s[1:])
}

// CPTForm says whether s has the form of a CPT code: four digits and a digit, or one
// of the letters F, T, U, M of its later categories. The codes themselves are the AMA's.
func CPTForm(s string) bool {
	return len(s) == 5 && allDigits(s[:4]) && (digit(s[4]) || strings.IndexByte("FTUM", s[4]) >= 0)
}

// PlaceForm says whether s has the form of a place of service code: two digits.
func PlaceForm(s string) bool { return len(s) == 2 && allDigits(s) }

// DecisionReason brings a code of source 886 into its two-character form: payers send
// 1 to 9 with and without the leading zero.
func DecisionReason(s string) string {
	if len(s) == 1 && digit(s[0]) {
		return "0" + s
	}
	return s
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !digit(s[i]) {
			return false
		}
	}
	return s != ""
}

func alphanumeric(s string) bool {
	for i := range len(s) {
		if !digit(s[i]) && !letter(s[i]) {
			return false
		}
	}
	return true
}

func digit(c byte) bool  { return c >= '0' && c <= '9' }
func letter(c byte) bool { return c >= 'A' && c <= 'Z' }
