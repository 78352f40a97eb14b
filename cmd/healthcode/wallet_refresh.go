package main

import (
	"context"
	"fmt"
	"strings"

	"healthcode.example/api"
	"healthcode.example/health"
	"healthcode.example/wallet/refresh"
)

type walletRefreshCommand struct {
	walletFlags
	Household []string `sep:"none" placeholder:"WHO,WHO" help:"People who shall have one code together, by name or number of the family; may be repeated (default: everybody)."`
	Document  bool     `help:"Fetch codes that a gate can compare with a document, which you can then show to a gate that asks."`
	JSON      bool     `help:"Write one JSON object."`
}

// Help gives the examples.
func (*walletRefreshCommand) Help() string {
	return `One request brings the codes of everybody, and one more for each household; all of them end within a day. Afterwards no network is needed.

Examples:

    healthcode wallet refresh
    healthcode wallet refresh --household self,2 --household 2,3 --document`
}

// Run fetches, and keeps what came.
func (r *walletRefreshCommand) Run(ctx context.Context, c *console) error {
	file, client, err := r.connect()
	if err != nil {
		return err
	}
	family, err := client.Family(ctx)
	if err != nil {
		return walletProblem(err)
	}
	sets, err := r.sets(family)
	if err != nil {
		return err
	}
	got, err := client.Fetch(ctx, file, r.Document, sets, c.rand, c.now())
	if err != nil {
		return walletProblem(err)
	}
	if err := r.save(file, c.rand); err != nil {
		return err
	}
	if r.JSON {
		return c.json(map[string]any{"issued_at": got.IssuedAt, "codes": len(got.Codes), "households": len(got.Households), "problems": got.Problems})
	}
	r.tell(c, family, got)
	return nil
}

// sets are the households of the flags, or everybody.
func (r *walletRefreshCommand) sets(family api.Family) (sets [][]health.PersonID, err error) {
	if len(r.Household) == 0 {
		if n := len(family.Members); n < 2 || n > refresh.MaxPeople {
			return nil, nil
		}
		r.Household = []string{"all"}
	}
	for _, words := range r.Household {
		var set []health.PersonID
		for i := range family.Members {
			m := &family.Members[i]
			for _, word := range strings.Split(words, ",") {
				if word = strings.TrimSpace(word); word != "all" && word != m.Name && word != m.Member && word != fmt.Sprint(i+1) && (word != "self" || m.Relation != "") {
					continue
				}
				id, err := health.ParsePersonID(m.Member)
				if err != nil {
					return nil, fmt.Errorf("the service gave a member no identifier: %w", err)
				}
				set = append(set, id)
				break
			}
		}
		if words != "all" && len(set) != len(strings.Split(words, ",")) {
			return nil, usage("--household %s: it names somebody who is not of the family, somebody twice, or a name that several have: use numbers, 1 is yourself", words)
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
	names := make(map[string]string)
	for _, m := range family.Members {
		names[m.Member] = m.Name
	}
	of := func(member string) string {
		if name := names[member]; name != "" {
			return name
		}
		return "somebody who is not of the family"
	}
	households := 0
	for i := range got.Households {
		h := &got.Households[i]
		if h.Problem == nil {
			households++
			continue
		}
		var people []string
		for _, member := range h.Members {
			people = append(people, of(member))
		}
		c.notef("the household of %s has no code together: %s: %s\n", strings.Join(people, ", "), h.Problem.Title, h.Problem.Detail)
	}
	for _, p := range got.Problems {
		c.notef("%s has no code: %s: %s\n", of(p.Member), p.Problem.Title, p.Problem.Detail)
	}
	c.printf("%d codes", len(got.Codes))
	if households > 0 {
		c.printf(" and %d of households", households)
	}
	if len(got.Codes) > 0 {
		c.printf(", good until %s", stamp(got.Codes[0].ExpiresAt))
	}
	c.printf(". From now on no network is needed:\n  %s wallet present --member self\n", c.program)
}
