package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"healthcode.example/api"
	"healthcode.example/wallet"
)

// recordFlags name one member and the language in which texts are read.
type recordFlags struct {
	walletFlags
	Member   string `arg:"" default:"self" placeholder:"WHO" help:"A number or a name of the list (default self)."`
	Language string `default:"zh-Hans" enum:"zh-Hans,zh-Hant,en" help:"Of the texts: ${enum} (default ${default})."`
}

type walletHistoryCommand struct {
	recordFlags
	JSON bool `help:"Write one JSON object."`
}

// Run tells the colour now with its reason and how it ends, and each kind of history, the newest first.
func (h *walletHistoryCommand) Run(ctx context.Context, c *console) error {
	client, who, err := h.find(ctx, c, h.Member)
	if err != nil {
		return err
	}
	member := who.ID.String()
	got, err := client.History(ctx, member)
	if err != nil {
		return walletProblem(err)
	}
	family, err := client.Family(ctx)
	if err != nil {
		return walletProblem(err)
	}
	now := slices.IndexFunc(family.Members, func(m api.FamilyMember) bool { return m.Member == member })
	if now < 0 {
		return fmt.Errorf("the member is no longer in the family: run healthcode wallet refresh")
	}
	m := family.Members[now]
	if h.JSON {
		return c.json(map[string]any{"now": m, "history": got})
	}
	c.printf("%s · %s\n  %s\n", m.Name, m.Colour, m.Text[h.Language])
	if release := m.Release[h.Language]; release != "" {
		c.printf("  %s\n", release)
	}
	for _, part := range got.Parts {
		c.printf("%s\n", part.Title[h.Language])
		w := tabwriter.NewWriter(c.out, 2, 0, 2, ' ', 0)
		for _, e := range part.Entries {
			_, _ = fmt.Fprintf(w, "  %s\t%s\t%s\n", stamp(time.Unix(e.At, 0)), e.Word, strings.Join(details(e, h.Language), " · "))
		}
		if len(part.Entries) == 0 {
			_, _ = fmt.Fprintf(w, "  –\n")
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// details is what an entry says beside time and word.
func details(e wallet.HistoryEntry, language string) []string {
	var parts []string
	for _, text := range []string{e.Colour, e.Text[language], e.Release[language], e.Who, e.About, e.Detail, string(e.By)} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	return parts
}

type walletExportCommand struct {
	recordFlags
	Out given `required:"" placeholder:"FILE" help:"Where the JSON goes; - is standard output."`
}

// Run loads it.
func (e *walletExportCommand) Run(ctx context.Context, c *console) error {
	client, who, err := e.find(ctx, c, e.Member)
	if err != nil {
		return err
	}
	got, err := client.Export(ctx, who.ID.String())
	if err != nil {
		return walletProblem(err)
	}
	return c.write(string(e.Out), append(got, '\n'))
}
