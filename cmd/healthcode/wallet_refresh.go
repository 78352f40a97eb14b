package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet/holder"
	"healthcode.example/wallet/refresh"
)

type walletRefreshCommand struct {
	walletFlags
	Household []string `sep:"none" placeholder:"WHO,WHO" help:"People who shall have one code together, by name or number of the list; may be repeated (default: everybody)."`
	Document  bool     `help:"Fetch codes that a gate can compare with a document, which you can then show to a gate that asks."`
	For       []string `name:"document-type" placeholder:"TYPE" help:"Of which document that is, for who has several: resident-id, home-return-permit, birth-certificate or passport; may be repeated, the first that a member has counts (default: the one of the log-in)."`
	JSON      bool     `help:"Write one JSON object."`
}

// Help gives the examples.
func (*walletRefreshCommand) Help() string {
	return `One request brings the codes of everybody, and one more for each household; all of them end within a day. Afterwards no network is needed.

Examples:

    healthcode wallet refresh
    healthcode wallet refresh --household self,2 --household 2,3 --document
    healthcode wallet refresh --document-type home-return-permit`
}

// Run fetches, and keeps what came.
func (r *walletRefreshCommand) Run(ctx context.Context, c *console) error {
	types, err := r.types()
	if err != nil {
		return err
	}
	var family api.Family
	var got api.CodesResponse
	err = r.change(ctx, c, func(file *holder.File) error {
		client, err := walletClient(file)
		if err != nil {
			return err
		}
		if family, err = client.FetchFamily(ctx, file); err != nil {
			return walletProblem(err)
		}
		sets, err := r.sets(file, c.now())
		if err != nil {
			return err
		}
		got, err = client.Fetch(ctx, file, holder.Question{Document: r.Document || len(types) > 0, Types: types, Sets: sets}, c.rand, c.now())
		return walletProblem(err)
	})
	if err != nil {
		tellProblems(c, family, got)
		return err
	}
	if r.JSON {
		return c.json(map[string]any{"issued_at": got.IssuedAt, "codes": len(got.Codes), "households": len(got.Households), "problems": got.Problems})
	}
	r.tell(c, family, got)
	return nil
}

// types are the types of documents of the flags.
func (r *walletRefreshCommand) types() (types []credential.DocumentType, err error) {
	for _, word := range r.For {
		t := credential.DocumentTypeOf(word)
		if t == 0 || slices.Contains(types, t) {
			return nil, usage("--document-type %s: give each of resident-id, home-return-permit, birth-certificate and passport once at most", word)
		}
		types = append(types, t)
	}
	return types, nil
}

// sets are the households of the flags, or everybody.
func (r *walletRefreshCommand) sets(file *holder.File, at time.Time) (sets [][]health.PersonID, err error) {
	households := r.Household
	if len(households) == 0 {
		if n := len(file.Members(at)); n < 2 || n > refresh.MaxPeople {
			return nil, nil
		}
		households = []string{"all"}
	}
	for _, words := range households {
		people, err := membersOf(file, "household", words, at)
		if err != nil {
			return nil, err
		}
		var set []health.PersonID
		for _, m := range people {
			set = append(set, m.ID)
		}
		sets = append(sets, set)
	}
	if err := refresh.CheckSets(sets); err != nil {
		return nil, usage("--household: %w", err)
	}
	return sets, nil
}

// tell says what came, and why something did not.
func (r *walletRefreshCommand) tell(c *console, family api.Family, got api.CodesResponse) {
	tellProblems(c, family, got)
	households := 0
	for i := range got.Households {
		if got.Households[i].Problem == nil {
			households++
		}
	}
	c.printf("%d codes", len(got.Codes))
	if households > 0 {
		c.printf(" and %d of households", households)
	}
	if len(got.Codes) > 0 {
		c.printf(", good until %s", stamp(got.Codes[0].ExpiresAt))
	}
	c.printf(". From now on no network is needed:\n  %s wallet present%s --member self\n", c.program, r.named())
}

// tellProblems says why somebody, or a household, has no code.
func tellProblems(c *console, family api.Family, got api.CodesResponse) {
	name := func(member string) string {
		i := slices.IndexFunc(family.Members, func(m api.FamilyMember) bool { return m.Member == member })
		if i < 0 {
			return "somebody who is not of the family"
		}
		return family.Members[i].Name
	}
	for i := range got.Households {
		h := &got.Households[i]
		if h.Problem == nil {
			continue
		}
		var people []string
		for _, member := range h.Members {
			people = append(people, name(member))
		}
		c.notef("the household of %s has no code together: %s: %s\n", strings.Join(people, ", "), h.Problem.Title, h.Problem.Detail)
	}
	for _, p := range got.Problems {
		c.notef("%s has no code: %s: %s\n", name(p.Member), p.Problem.Title, p.Problem.Detail)
	}
}
