package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/wallet/holder"
)

// errNobody says that no word of the command line names anybody of the wallet.
var errNobody = fmt.Errorf("nobody of this wallet: healthcode wallet list numbers its people, healthcode wallet refresh brings who has come since")

// everybody of the wallet; an error when it knows nobody yet.
func everybody(file *holder.File, at time.Time) ([]holder.Member, error) {
	known := file.Members(at)
	if len(known) == 0 {
		return nil, fmt.Errorf("the wallet knows nobody yet: run healthcode wallet refresh")
	}
	return known, nil
}

// membersOf finds people of the wallet by number, name or identifier, separated by commas; "all" is everybody.
func membersOf(file *holder.File, flag, words string, at time.Time) ([]holder.Member, error) {
	known, err := everybody(file, at)
	if err != nil || words == "all" {
		return known, err
	}
	var found []holder.Member
	for _, word := range strings.Split(words, ",") {
		m, err := memberOf(known, strings.TrimSpace(word))
		if err != nil {
			return nil, usage("--%s: %w", flag, err)
		}
		found = append(found, m)
	}
	return found, nil
}

// memberOf finds one person by the number that they have in every command, by name or by identifier.
func memberOf(known []holder.Member, word string) (holder.Member, error) {
	var found []holder.Member
	for _, m := range known {
		if word == strconv.Itoa(m.Number) || word == "self" && m.Relation == 0 || word == m.ID.String() {
			return m, nil
		}
		if word == m.Name || word == credential.MaskName(m.Name) {
			found = append(found, m)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return holder.Member{}, fmt.Errorf("%q is %w", word, errNobody)
	}
	return holder.Member{}, fmt.Errorf("%q are %d people: name one by the number of healthcode wallet list", word, len(found))
}

// find opens the wallet and finds the one person whom the service is asked about. Whom the file does not know may have come since: then the family
// is read anew.
func (f *walletFlags) find(ctx context.Context, c *console, word string) (client *api.Client, m holder.Member, err error) {
	file, client, err := f.connect()
	if err != nil {
		return nil, m, err
	}
	if word == "all" || strings.Contains(word, ",") {
		return nil, m, usage("%q: this is for one person at a time: do it for each", word)
	}
	if m, err = memberOf(file.Members(c.now()), word); err == nil {
		return client, m, nil
	}
	err = f.change(ctx, c, func(file *holder.File) error {
		if _, err := client.FetchFamily(ctx, file); err != nil {
			return walletProblem(err)
		}
		if m, err = memberOf(file.Members(c.now()), word); err != nil {
			return usage("%w", err)
		}
		return nil
	})
	return client, m, err
}
