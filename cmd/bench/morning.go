package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/wallet"
	"healthcode.example/wallet/refresh"
)

// guardian is somebody with a telephone and as many sessions as one may have.
type guardian struct {
	device wallet.Device
	key    *cose.PrivateKey
	holder *cose.PublicKey
	tokens [wallet.MaxSessions]string
}

// settle brings so many guardians, each with so many members, that every request of the callers is of another session.
func (p *province) settle(numbers string, members int) []guardian {
	all := make([]guardian, connections*eachCalls/wallet.MaxSessions)
	csv := new(strings.Builder)
	csv.WriteString("name,document_type,document_number,birth_date,region,guardian_document_number\n")
	for i := range all {
		fmt.Fprintf(csv, "陈明,passport,%s%02d,1984-05-17,440106,\n", numbers, i)
		for m := range members {
			fmt.Fprintf(csv, "陈小雨,passport,%s%02d%d,2015-09-09,440106,%s%02d\n", numbers, i, m, numbers, i)
		}
	}
	_, err := p.wallet.Import(context.Background(), strings.NewReader(csv.String()), at, nil)
	must(err)
	var group sync.WaitGroup // who logs in at once shares a transaction
	for i := range all {
		group.Go(func() { p.equip(&all[i], fmt.Sprintf("%s%02d", numbers, i)) })
	}
	group.Wait()
	return all
}

// equip logs a guardian in and registers the telephone.
func (p *province) equip(g *guardian, number string) {
	ctx := context.Background()
	d, err := wallet.ParseDocument("passport", number)
	must(err)
	who := wallet.Identity{Provider: "https://login.example", Subject: number, Document: d, Methods: []string{"face"}, At: at}
	var ses wallet.Session
	for i := range g.tokens {
		g.tokens[i], ses, err = p.wallet.LogIn(ctx, who, "", at)
		must(err)
	}
	g.key, err = cose.Generate(cose.ES256, rand.Reader)
	must(err)
	g.device, err = p.wallet.RegisterDevice(ctx, ses.Person, g.key.Public(), at)
	must(err)
	holder, err := cose.Generate(cose.ES256, rand.Reader)
	must(err)
	g.holder = holder.Public()
}

// phones are the telephones of the guardians.
type phones struct {
	province  *province
	guardians []guardian
	callers   *callers // nil until the first call: the server cuts connections on which nothing comes
}

// moment lets every session refresh once, now.
func (p *phones) moment() {
	if p.callers == nil {
		p.callers = newCallers(p.province.address, "")
	}
	now := p.province.now()
	for i := range p.guardians {
		g := &p.guardians[i]
		body, err := refresh.Request{Device: g.device.ID, Region: "CN-GD", Holder: g.holder}.Sign(g.key, now)
		must(err)
		for j, token := range g.tokens {
			p.callers.requests[i*len(g.tokens)+j] = fmt.Sprintf(
				"POST /v1/wallet/codes HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
				token, refresh.MediaType, len(body), body)
		}
	}
	p.callers.call()
	must(p.province.wallet.WriteUses(context.Background(), false))
}

// morning lets more than an hour pass before that, so that what is known of every session's use is too old.
func (p *phones) morning() {
	p.province.passed.Add(int64(61 * time.Minute))
	must(p.province.issuer.EnsureLists(context.Background(), p.province.now()))
	p.moment()
}
