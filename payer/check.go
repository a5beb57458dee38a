package payer

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"parley/domain"
)

var (
	variable     = regexp.MustCompile(`\$\{([A-Z][A-Z0-9_]*)\}`)
	variableName = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
	products     = []domain.Product{
		domain.MedicareAdvantage, domain.IntegratedDSNP, domain.MedicareFFS, domain.MedicaidManagedCare,
		domain.MedicaidFFS, domain.Commercial, domain.Exchange,
	}
	handChannels = []domain.Channel{domain.ByPhone, domain.ByPortal, domain.ByFax, domain.ByLetter}
)

func (c *checker) check(p *Profile) {
	if !consists(string(p.Slug), lower+digits+"-") || len(p.Slug) > 40 {
		c.fault("slug", "must be small letters, digits and dashes, 40 at most")
	}
	if p.Name == "" || len(p.Name) > 60 {
		c.fault("name", "must be there, of 60 characters at most")
	}
	if p.Phone != "" && (!consists(p.Phone, digits) || len(p.Phone) != 10) {
		c.fault("phone", "must be ten digits")
	}
	if len(p.Products) == 0 {
		c.fault("products", "must name at least one product")
	}
	for i, product := range p.Products {
		if !slices.Contains(products, product) {
			c.fault(fmt.Sprintf("products[%d]", i), "must be one of %s", among(products))
		}
	}
	for i, name := range p.Variables {
		if !variableName.MatchString(name) {
			c.fault(fmt.Sprintf("variables[%d]", i), "must be capitals, digits and underscores")
		}
	}
	c.checkTransport("authorization", p, p.Authorization)
	c.checkTransport("status", p, p.Status)
	if p.Mailbox != nil {
		c.checkAddress("mailbox", p, p.Mailbox.Address)
	}
	if electronic := p.Authorization.By == X12OverHTTP || p.Status.By == X12OverHTTP || p.Mailbox != nil; electronic && p.X12 == nil {
		c.fault("x12", "must be there: something travels as X12")
	}
	if p.X12 != nil {
		c.checkIdentifiers(*p.X12)
	}
	c.checkTerms(p)
	c.checkRules(p.Rules)
}

func (c *checker) checkTransport(path string, p *Profile, t Transport) {
	switch t.By {
	case X12OverHTTP:
		c.checkAddress(path, p, t.Address)
		if len(t.Channels) > 0 {
			c.fault(path+".channels", "have no place beside by: x12-http")
		}
		if t.Timeout < 0 || t.Timeout > 5*time.Minute {
			c.fault(path+".timeout", "must be 5m at most")
		}
		for i, status := range t.Refuses {
			if status < 400 || status > 499 {
				c.fault(fmt.Sprintf("%s.refuses[%d]", path, i), "must be 400 to 499: after any other status nobody knows what was taken")
			}
		}
	case ByHand:
		if len(t.Channels) == 0 {
			c.fault(path+".channels", "must name at least one of %s", among(handChannels))
		}
		for i, channel := range t.Channels {
			if !slices.Contains(handChannels, channel) {
				c.fault(fmt.Sprintf("%s.channels[%d]", path, i), "must be one of %s", among(handChannels))
			}
		}
		if t.Address != (Address{}) || t.Timeout != 0 || len(t.Refuses) > 0 {
			c.fault(path+".by", "by hand there is no url, token, timeout or refuses")
		}
	default:
		c.fault(path+".by", "must be %s or %s", X12OverHTTP, ByHand)
	}
}

func (c *checker) checkAddress(path string, p *Profile, a Address) {
	declared := func(key, text string) {
		for _, m := range variable.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(p.Variables, m[1]) {
				c.fault(path+"."+key, "takes %s, which is not among variables", m[1])
			}
		}
		if strings.Contains(variable.ReplaceAllString(text, ""), "$") {
			c.fault(path+"."+key, "holds a $ that is no ${VARIABLE}")
		}
	}
	declared("url", a.URL)
	declared("token", a.Token)
	if a.URL == "" {
		c.fault(path+".url", "must be there")
	} else if !strings.Contains(a.URL, "${") {
		if err := a.permitted(a.URL); err != nil {
			c.fault(path+".url", "%s", err)
		}
	}
	if a.Token != "" && variable.ReplaceAllString(a.Token, "") != "" {
		c.fault(path+".token", "must be a ${VARIABLE}: no secret is written into a profile")
	}
	if a.Plaintext && (p.X12 == nil || p.X12.Usage != Test) {
		c.fault(path+".plaintext", "is for x12.usage: test only")
	}
}

// permitted judges a whole address: health data leaves over TLS only.
func (a Address) permitted(whole string) error {
	u, err := url.Parse(whole)
	switch {
	case err != nil || u.Host == "":
		return fmt.Errorf("must be an absolute address")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("must hold no user, query or fragment")
	case u.Scheme == "https", u.Scheme == "http" && a.Plaintext:
		return nil
	}
	return fmt.Errorf("must begin with https:// (or say plaintext: true, for test interchanges)")
}

// Resolve replaces variables by their values and judges what comes out.
func (a Address) Resolve(values map[string]string) (address, token string, err error) {
	replace := func(text string) string {
		return variable.ReplaceAllStringFunc(text, func(m string) string {
			value, ok := values[m[2:len(m)-1]]
			if !ok || value == "" {
				err = fmt.Errorf("variable %s has no value", m[2:len(m)-1])
			}
			return value
		})
	}
	address, token = replace(a.URL), replace(a.Token)
	if err != nil {
		return "", "", err
	}
	if err := a.permitted(address); err != nil {
		return "", "", fmt.Errorf("address %s", err)
	}
	return address, token, nil
}

func (c *checker) checkIdentifiers(x Identifiers) {
	if len(x.Payer.Qualifier) != 2 || !consists(x.Payer.Qualifier, upper+digits) {
		c.fault("x12.payer.qualifier", "must be two capitals or digits (NM108)")
	}
	if len(x.Payer.ID) < 2 || len(x.Payer.ID) > 80 || !consists(x.Payer.ID, upper+digits) {
		c.fault("x12.payer.id", "must be 2 to 80 capitals or digits (NM109)")
	}
	for path, party := range map[string]Party{"x12.sender": x.Sender, "x12.receiver": x.Receiver} {
		if len(party.Qualifier) != 2 || !consists(party.Qualifier, upper+digits) {
			c.fault(path+".qualifier", "must be two capitals or digits (ISA05, ISA07)")
		}
		if len(party.ID) > 15 || !consists(party.ID, upper+digits+"-") {
			c.fault(path+".id", "must be 1 to 15 capitals, digits or dashes (ISA06, ISA08)")
		}
		if party.Group != "" && (len(party.Group) < 2 || len(party.Group) > 15 || !consists(party.Group, upper+digits+"-")) {
			c.fault(path+".group", "must be 2 to 15 capitals, digits or dashes (GS02, GS03)")
		}
		if party.Group == "" && len(party.ID) < 2 {
			c.fault(path+".group", "must be there: the id is too short for GS02 and GS03")
		}
	}
	if len(x.Company) != 10 || !consists(x.Company, upper+digits) {
		c.fault("x12.company", "must be ten capitals or digits (TRN03)")
	}
	if x.Usage != Test && x.Usage != Production {
		c.fault("x12.usage", "must be %s or %s", Test, Production)
	}
}

func (c *checker) checkTerms(p *Profile) {
	waits := func(path string, all []time.Duration, needed bool) {
		if needed && len(all) == 0 {
			c.fault(path, "must hold at least one wait: the payer is asked electronically")
		}
		for i, wait := range all {
			if wait < time.Minute || wait > 90*24*time.Hour {
				c.fault(fmt.Sprintf("%s[%d]", path, i), "must be between 1m and 2160h")
			}
		}
	}
	asked := p.Status.By == X12OverHTTP
	waits("terms.statusEvery", p.Terms.StatusEvery, asked)
	waits("terms.unknownWaits", p.Terms.UnknownWaits, asked && p.Authorization.By == X12OverHTTP)
	if p.Terms.AbsenceIsProof && !asked {
		c.fault("terms.absenceIsProof", "has no meaning where status is asked by hand")
	}
	if p.Terms.PendDays < 1 || p.Terms.PendDays > 365 {
		c.fault("terms.pendDays", "must be 1 to 365")
	}
	if p.Terms.Appeal.Days < 0 || p.Terms.Appeal.Days > 730 {
		c.fault("terms.appeal.days", "must be 0 to 730")
	}
	if p.Terms.Appeal.Address == "" || len(p.Terms.Appeal.Address) > 300 {
		c.fault("terms.appeal.address", "must be there, of 300 characters at most")
	}
}

func (c *checker) checkRules(rules []Rule) {
	env, err := ruleEnv()
	if err != nil {
		c.fault("rules", "cannot be checked: %v", err)
		return
	}
	seen := map[string]bool{}
	for i := range rules {
		r, path := &rules[i], fmt.Sprintf("rules[%d]", i)
		if !consists(r.Name, lower+digits+"-") || len(r.Name) > 40 {
			c.fault(path+".name", "must be small letters, digits and dashes, 40 at most")
		}
		if seen[r.Name] {
			c.fault(path+".name", "is the name of an earlier rule")
		}
		seen[r.Name] = true
		if r.Words == "" || len(r.Words) > 160 {
			c.fault(path+".words", "must be there, of 160 characters at most")
		}
		if r.Needed != domain.NeededYes && r.Needed != domain.NeededNo {
			c.fault(path+".needed", "must be yes or no; what no rule says is unknown")
		}
		if r.Source == "" || len(r.Source) > 200 {
			c.fault(path+".source", "must say where the payer says so, in 200 characters at most")
		}
		if !r.AsOf.Valid() {
			c.fault(path+".asOf", "must be the date of the source, YYYY-MM-DD")
		}
		if err := r.compile(env); err != nil {
			c.fault(path+".when", "%s", err)
		}
	}
}

func among[T ~string](all []T) string {
	words := make([]string, len(all))
	for i, one := range all {
		words[i] = string(one)
	}
	return strings.Join(words, ", ")
}
