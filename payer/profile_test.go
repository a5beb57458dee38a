package payer_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"parley/domain"
	"parley/payer"
)

func shipped(t *testing.T) *payer.Book {
	t.Helper()
	book, err := payer.Load(payer.Shipped())
	require.NoError(t, err)
	return book
}

func profile(t *testing.T, slug domain.PayerID) *payer.Profile {
	t.Helper()
	p, err := shipped(t).Profile(slug, 0)
	require.NoError(t, err)
	return p
}

// order is a knee replacement of a member of a product.
func order(product domain.Product, code string) domain.Order {
	return domain.Order{
		Patient:  domain.Patient{BirthDate: "1954-02-11"},
		Coverage: domain.Coverage{Payer: "larkfield", Product: product, Funding: domain.Insured},
		Services: []domain.OrderService{{Code: code, Units: 1}}, Place: "22", Planned: "2026-12-08", Urgency: domain.Standard,
	}
}

// TestPayers is the matrix: every profile that ships answers the same questions.
func TestPayers_all_tell_what_needs_authorization_what_does_not_and_what_they_do_not_know(t *testing.T) {
	t.Parallel()
	all := shipped(t).Profiles()
	require.Len(t, all, 6)
	products := map[domain.Product]bool{}
	byHand := 0
	for _, p := range all {
		for _, product := range p.Products {
			products[product] = true
			for code, want := range map[string]domain.Needed{"27447": domain.NeededYes, "99213": domain.NeededNo, "A0998": domain.NeededUnknown} {
				o := order(product, code)
				if p.Slug == "fenwright" {
					o.Coverage.Funding = domain.SelfFunded
				}
				need := p.Need(o)
				require.Equal(t, want, need.Needed, "%s %s %s: %s", p.Slug, product, code, need.Rule)
				require.Contains(t, need.Rule, code)
				require.Equal(t, want != domain.NeededUnknown, need.Source != "" && need.AsOf.Valid())
				require.Equal(t, need, p.Need(o), "the same question has the same answer")
			}
		}
		terms := p.Given()
		require.Equal(t, p.Slug, terms.Payer)
		require.NotEmpty(t, terms.AppealAddress)
		require.Positive(t, terms.PendDays)
		if len(terms.ByHand) > 0 {
			byHand++
			require.True(t, terms.StatusByHand)
			continue
		}
		require.NotEmpty(t, terms.StatusEvery, p.Slug)
		require.NotEmpty(t, terms.UnknownWaits, p.Slug)
		require.Equal(t, payer.Test, p.X12.Usage, "no invented payer is sent anything that is meant")
		require.NotEmpty(t, p.Variables)
	}
	require.Equal(t, 1, byHand)
	require.Greater(t, len(products), 4)
}

func TestNeed_of_an_order_is_yes_if_any_service_needs_it_and_no_only_if_none_does(t *testing.T) {
	t.Parallel()
	p := profile(t, "larkfield")
	with := func(codes ...string) domain.Need {
		o := order(domain.MedicareAdvantage, codes[0])
		for _, code := range codes[1:] {
			o.Services = append(o.Services, domain.OrderService{Code: code, Units: 1})
		}
		return p.Need(o)
	}
	require.Equal(t, domain.NeededYes, with("99213", "A0998", "27447").Needed)
	require.Equal(t, domain.NeededUnknown, with("99213", "A0998").Needed)
	need := with("99213", "99214")
	require.Equal(t, domain.NeededNo, need.Needed)
	require.Equal(t, "99213: Office visits need none (visits); 99214: Office visits need none (visits)", need.Rule)
	require.Equal(t, "27447: Joint replacement, wherever it is done (joints)", with("99213", "27447").Rule)
}

func TestNeed_asks_rules_in_order_about_the_coverage_and_the_person(t *testing.T) {
	t.Parallel()
	therapy := order(domain.MedicareAdvantage, "97110")
	therapy.Services[0].Units = 12
	require.Equal(t, domain.NeededNo, profile(t, "larkfield").Need(therapy).Needed)
	therapy.Services[0].Units = 13
	require.Equal(t, domain.NeededYes, profile(t, "larkfield").Need(therapy).Needed)

	young := order(domain.MedicaidManagedCare, "99385")
	young.Patient.BirthDate, young.Planned = "2005-12-09", "2026-12-08"
	require.Equal(t, domain.NeededNo, profile(t, "saltmeadow").Need(young).Needed, "21 tomorrow")
	young.Planned = "2026-12-09"
	require.Equal(t, domain.NeededUnknown, profile(t, "saltmeadow").Need(young).Needed)

	scan := order(domain.Commercial, "70551")
	scan.Coverage.Funding, scan.Coverage.Group = domain.SelfFunded, "MILL-07"
	require.Equal(t, domain.NeededNo, profile(t, "fenwright").Need(scan).Needed, "each employer's plan has its own rule")
	scan.Coverage.Group = "OTHER"
	require.Equal(t, domain.NeededYes, profile(t, "fenwright").Need(scan).Needed)
	scan.Coverage.Funding = domain.FundingUnknown
	require.Equal(t, domain.NeededUnknown, profile(t, "fenwright").Need(scan).Needed)

	emergency := order(domain.MedicareAdvantage, "27447")
	emergency.Place = "23"
	require.Equal(t, domain.NeededNo, profile(t, "larkfield").Need(emergency).Needed, "the earlier rule decides")
}

func TestNeed_that_a_rule_stumbles_over_is_for_a_person(t *testing.T) {
	t.Parallel()
	p, err := parse(t, `code in ["27447", "27446", "27130", "27132", "23472"]`, `modifiers[0] == "RT"`)
	require.NoError(t, err)
	need := p.Need(order(domain.Commercial, "27447"))
	require.Equal(t, domain.NeededUnknown, need.Needed)
	require.Equal(t, "27447: rule joints could not be worked out", need.Rule)
}

// parse is Harrowgate's profile with text replaced.
func parse(t *testing.T, replace ...string) (*payer.Profile, error) {
	t.Helper()
	body := string(profile(t, "harrowgate").Body)
	text := strings.NewReplacer(replace...).Replace(body)
	require.NotEqual(t, body, text)
	return payer.Parse("harrowgate.yaml", []byte(text))
}

func TestParse_says_file_and_line_of_everything_that_is_wrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, says string }{
		{"name: Harrowgate", "nome: Harrowgate", `harrowgate.yaml:3: unknown field "nome"`},
		{"phone: \"8005550128\"", "phone: \"555\"", "harrowgate.yaml:4: phone must be ten digits"},
		{"slug: harrowgate", "slug: harrowgate\nslug: again", `harrowgate.yaml:3: mapping key "slug" already defined at [2:1]`},
		{"medicare-advantage", "medicare", "harrowgate.yaml:5: products[1] must be one of medicare-advantage"},
		{"[portal, fax, phone]", "[portal, pigeon]", "harrowgate.yaml:9: authorization.channels[1] must be one of phone, portal, fax, letter"},
		{"  by: hand\n  channels: [portal, fax, phone]", "  by: x12-http\n  url: http://payer.example", "authorization.url must begin with https://"},
		{"  by: hand\n  channels: [portal, fax, phone]", "  by: x12-http\n  url: https://${SECRET}", "harrowgate.yaml:9: authorization.url takes SECRET, which is not among variables"},
		{"  by: hand\n  channels: [portal, fax, phone]", "  by: x12-http\n  url: https://payer.example\n  token: s3cret", "authorization.token must be a ${VARIABLE}"},
		{"  by: hand\n  channels: [portal, fax, phone]", "  by: x12-http\n  url: https://payer.example\n  refuses: [503]", "authorization.refuses[0] must be 400 to 499"},
		{"  by: hand\n  channels: [portal, fax, phone]", "  by: x12-http\n  url: https://payer.example", "x12 must be there"},
		{"pendDays: 14", "pendDays: 0", "harrowgate.yaml:15: terms.pendDays must be 1 to 365"},
		{"name: visits", "name: joints", "rules[2].name is the name of an earlier rule"},
		{"needed: no", "needed: maybe", "rules[2].needed must be yes or no"},
		{"asOf: 2026-06-15", "asOf: 2026-02-30", "rules[0].asOf must be the date of the source"},
		{`code in ["27447", "27446", "27130", "27132", "23472"]`, `code + 1`, "harrowgate.yaml:23: rules[0].when column 6: found no matching overload"},
		{`code in ["27447", "27446", "27130", "27132", "23472"]`, `patient == "x"`, "undeclared reference to 'patient'"},
		{`code in ["27447", "27446", "27130", "27132", "23472"]`, `units`, "rules[0].when is int, not true or false"},
		{
			`code in ["27447", "27446", "27130", "27132", "23472"]`,
			`diagnoses.exists(a, diagnoses.exists(b, diagnoses.exists(c, diagnoses.exists(d, a + b == c + d))))`,
			"more than the limit of 10000",
		},
	} {
		_, err := parse(t, c.from, c.to)
		require.ErrorContains(t, err, c.says)
		var fault payer.Fault
		require.ErrorAs(t, err, &fault)
	}
	_, err := payer.Parse("big.yaml", make([]byte, 300<<10))
	require.ErrorContains(t, err, "larger than any profile")
	_, err = payer.Parse("empty.yaml", nil)
	require.Error(t, err)
}

func TestLoad_lets_a_later_folder_replace_a_payer_and_names_every_faulty_file(t *testing.T) {
	t.Parallel()
	body := strings.ReplaceAll(string(profile(t, "harrowgate").Body), "Harrowgate Provider Plan", "Harrowgate Anew")
	book, err := payer.Load(payer.Shipped(), fstest.MapFS{"harrowgate.yaml": {Data: []byte(body)}, "notes.txt": {}})
	require.NoError(t, err)
	require.Len(t, book.Profiles(), 6)
	p, err := book.Profile("harrowgate", 0)
	require.NoError(t, err)
	require.Equal(t, "Harrowgate Anew", p.Name)
	require.NotEqual(t, profile(t, "harrowgate").SHA256, p.SHA256)

	_, err = payer.Load(fstest.MapFS{"a.yaml": {Data: []byte("slug: 1")}, "b.yaml": {Data: []byte(body)}})
	require.ErrorContains(t, err, "a.yaml")
	require.ErrorContains(t, err, "b.yaml:1: must be named harrowgate.yaml, after its slug")
	_, err = payer.Load(fstest.MapFS{})
	require.ErrorContains(t, err, "there is none")
}

func TestBook_knows_the_current_version_only(t *testing.T) {
	t.Parallel()
	book, err := shipped(t).Numbered(func(*payer.Profile) (int, error) { return 3, nil })
	require.NoError(t, err)
	p, err := book.Profile("larkfield", 3)
	require.NoError(t, err)
	require.Equal(t, 3, p.Given().Version)
	_, err = book.Profile("larkfield", 2)
	require.ErrorIs(t, err, domain.ErrNotFound)
	_, err = book.Need(domain.NeedQuestion{Order: domain.Order{Coverage: domain.Coverage{Payer: "nobody"}}, At: time.Now()})
	require.ErrorIs(t, err, domain.ErrNotFound)
}

func TestResolve_takes_declared_values_and_lets_health_data_out_over_TLS_only(t *testing.T) {
	t.Parallel()
	a := payer.Address{URL: "${BASE}/x12", Token: "${TOKEN}"}
	address, token, err := a.Resolve(map[string]string{"BASE": "https://payer.example", "TOKEN": "t"})
	require.NoError(t, err)
	require.Equal(t, []string{"https://payer.example/x12", "t"}, []string{address, token})
	_, _, err = a.Resolve(map[string]string{"BASE": "https://payer.example"})
	require.ErrorContains(t, err, "TOKEN has no value")
	_, _, err = a.Resolve(map[string]string{"BASE": "http://payer.example", "TOKEN": "t"})
	require.ErrorContains(t, err, "https")
	_, _, err = a.Resolve(map[string]string{"BASE": "https://u:p@payer.example", "TOKEN": "t"})
	require.ErrorContains(t, err, "no user")
}
