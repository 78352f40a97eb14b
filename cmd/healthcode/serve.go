package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"healthcode.example/api/server"
	"healthcode.example/crypto/cose"
	"healthcode.example/office/backups"
	"healthcode.example/partner"
	"healthcode.example/trust"
	"healthcode.example/wallet/demo"
)

type serveCommand struct {
	dataFlags
	regionFlags
	loginFlags
	Listen    string        `default:"127.0.0.1:8080" placeholder:"ADDRESS" help:"Where to listen; port 0 takes a free one."`
	Demo      bool          `default:"true" negatable:"" help:"Found a demonstration at the first start, with an identity provider that proves nothing. With --no-demo serve a region that a ceremony has founded; this machine holds no key of its root or key list."`
	Publish   time.Duration `default:"1m" placeholder:"DURATION" help:"How often to publish what has been revoked."`
	StatusURI given         `name:"status-uri" placeholder:"URI" help:"What stands before PURPOSE-LIST in the subject of each status list for partners, as in https://codes.example/.well-known/healthcode/status/; without it urn:healthcode:REGION:."`
	Gate      given         `placeholder:"SORT" help:"The sort of gate for which verdicts are given, as --gate of partner add names them."`
	Partners  given         `placeholder:"FILE" help:"A gate's bundle, beside which healthcode bundle partner keeps those of partners: the status of their codes is then looked up here too. They are read anew at each publication."`
	Log       string        `default:"text" enum:"text,json" help:"How to log, on standard error: ${enum}."`
}

// Help gives the examples.
func (*serveCommand) Help() string {
	return `The first start makes keys, a root marked DEMO and a small province in the data directory; later ones find them again. Ctrl-C ends it.
With --no-demo nothing is founded: root and key list come from a ceremony (docs/ceremonies.md), and a DEMO root is refused.

Examples:

    healthcode serve
    healthcode serve --data /srv/healthcode --listen 0.0.0.0:8080 --log json
    healthcode serve --no-demo --data /srv/healthcode --login login.json --origin https://code.example`
}

// Run serves until the context ends.
func (s *serveCommand) Run(ctx context.Context, c *console) (err error) {
	if s.Publish < time.Second {
		return usage("--publish must be 1s at least")
	}
	flags, err := s.of(s.dataFlags)
	if err != nil {
		return err
	}
	at := c.now()
	settings, err := s.settings()
	if err == nil {
		err = s.checkProviders(settings)
	}
	if err != nil {
		return err
	}
	open := foundOffice
	if !s.Demo {
		open = openProduction
	}
	o, err := open(ctx, c, flags, at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := o.Issuer.CheckRoles(ctx, s.Demo); err != nil {
		return err
	}
	o.people = settings
	// Whatever can keep the service from starting comes before the demo people, who are then in the store for good.
	if err := o.prepareWallets(ctx, c, at); err != nil {
		return err
	}
	if _, err := o.Issuer.PublishSnapshot(ctx, at); err != nil {
		return err
	}
	if most := o.Issuer.Bundle().KeyList().Policy.PublishEvery; s.Publish > most {
		return usage("--publish %v: the policy in force promises gates a publication every %v at least", s.Publish, most)
	}
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("%w: choose another address with --listen", err)
	}
	defer func() { _ = listener.Close() }() // closed already where it served
	log := s.logger(c)
	web, greet, err := s.server(ctx, c, o, log, listener.Addr(), at)
	if err != nil {
		return err
	}
	if err := web.UseBundle(o.Issuer.Bundle()); err != nil {
		return err
	}
	defer o.offerAdministration(ctx, c, log, func(ctx context.Context) {
		if err := o.publishNow(ctx, web, c.now()); err != nil && ctx.Err() == nil {
			log.Error("publish", slog.Any("error", err))
		}
	})()
	defer backups.Offer(ctx, o.Store, backups.Maker{Data: o.Dir, Master: s.masterKey, Rand: c.rand, Now: c.now}, log)()
	defer o.keepUses(ctx, log)()
	o.warnOfAbsent(log, at)
	greet(listener.Addr())
	ctx, cancel := context.WithCancel(ctx)
	var upkeep sync.WaitGroup
	upkeep.Go(func() { o.keepPublishing(ctx, c, web, s.Publish, log) })
	upkeep.Go(func() {
		hours := time.NewTicker(sweepEvery)
		defer hours.Stop()
		keepSweeping(ctx, hours.C, c.now, o.wallet.Sweep, log)
	})
	err = web.Serve(ctx, listener)
	cancel()
	upkeep.Wait()
	if err == nil {
		c.printf("\nStopped. Everything is in %s; the next start finds it again.\n", s.Data)
	}
	return err
}

// server makes the server. In a demonstration it settles the demo people.
func (s *serveCommand) server(ctx context.Context, c *console, o *office, log *slog.Logger, listening net.Addr, at time.Time) (web *server.Server, _ func(net.Addr), err error) {
	if err := checkGate(s.Gate); err != nil {
		return nil, nil, err
	}
	config := server.Config{
		Demo: s.Demo, Wallet: o.wallet, Agreement: o.wallet.Agreement, Consent: o.wallet.Consent, Version: version(), Log: log, Now: c.now, Ready: o.ready,
		StatusBase: string(s.StatusURI), Formats: partner.Formats(false), Gate: string(s.Gate),
		Notice: func(at time.Time) (cose.Signer, error) { return o.Issuer.Signer(trust.Notice, 0, at) },
	}
	if o.people != nil {
		config.Help = o.people.Paper.Help
	}
	if config.Partners, err = s.partnersOf(c, log); err != nil {
		return nil, nil, err
	}
	greet := func(address net.Addr) { s.greetProduction(c, address, o) }
	if s.Demo {
		if _, err := demo.Settle(ctx, o.wallet, at); err != nil {
			return nil, nil, err
		}
		greet = func(address net.Addr) { s.greet(c, address, o) }
		slog.SetDefault(slog.New(slog.DiscardHandler)) // the library of the demo provider logs what it was asked
	}
	if err := s.letIn(&config, o.people, listening, c); err != nil {
		return nil, nil, err
	}
	web, err = server.New(config)
	return web, greet, err
}

func (s *serveCommand) logger(c *console) *slog.Logger {
	if s.Log == "json" {
		return slog.New(slog.NewJSONHandler(c.err, nil))
	}
	return slog.New(slog.NewTextHandler(c.err, nil))
}

// ready says whether the store still takes writes and answers reads.
func (o *office) ready(ctx context.Context) error {
	if err := o.Store.Err(); err != nil {
		return err
	}
	_, err := o.Store.Published(ctx)
	return err
}

// publishNow makes a publication and lets the server follow it.
func (o *office) publishNow(ctx context.Context, web *server.Server, at time.Time) error {
	if _, err := o.Issuer.PublishSnapshot(ctx, at); err != nil {
		return err
	}
	return web.UseBundle(o.Issuer.Bundle())
}

// upkeepEvery is how often lists, keys and the key list are looked after; the lists are made a day ahead.
const upkeepEvery = time.Hour

// keepPublishing publishes on a schedule, and at once when the handles that the last publication reserved run short, until the context ends.
// What fails is logged and tried again at the next turn: what was published stays in force meanwhile.
func (o *office) keepPublishing(ctx context.Context, c *console, web *server.Server, every time.Duration, log *slog.Logger) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	handles := time.NewTicker(time.Second)
	defer handles.Stop()
	lastUpkeep := c.now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-handles.C:
			if short, err := o.Issuer.RunningShort(ctx); !short || err != nil {
				continue // a store that cannot be read says so at the next turn
			}
		case <-ticker.C:
		}
		at := c.now()
		if most := o.Issuer.Bundle().KeyList().Policy.PublishEvery; most < every { // a ceremony has promised more
			every = most
			ticker.Reset(every)
		}
		if at.Sub(lastUpkeep) >= upkeepEvery {
			if err := o.Prepare(ctx, at); err != nil {
				log.Error("upkeep", slog.Any("error", err))
			} else {
				lastUpkeep = at
				o.warnOfAbsent(log, at)
			}
		}
		if err := o.publishNow(ctx, web, at); err != nil && ctx.Err() == nil {
			log.Error("publish", slog.Any("error", err))
		}
	}
}

// warnOfAbsent names the keys without which nobody signs in their place, as after a ceremony whose standby was not brought here.
func (o *office) warnOfAbsent(log *slog.Logger, at time.Time) {
	for _, key := range o.Issuer.Absent(at) {
		log.Warn("nobody signs here: bring the key with healthcode keys import", slog.String("kid", key.Key.ID().String()), slog.String("purpose", key.Purpose.String()),
			slog.Uint64("prefecture", uint64(key.Prefecture)))
	}
}

// greet says where it runs and what to try.
func (s *serveCommand) greet(c *console, address net.Addr, o *office) {
	base := s.origin(address)
	c.printf("healthcode serves the demo province of %s from %s. Nobody in it exists.\n\n", o.Issuer.Bundle().Root().Region, s.Data)
	c.printf("  %s                                    what there is\n", base)
	c.printf("  %s/openapi.yaml                       every route\n", base)
	c.printf("  %s/.well-known/healthcode/bundle      what a gate believes, published every %v\n\n", base, s.Publish)
	if s.Login == "" {
		c.printf("Log in as one of the demo people, by the method that the document demands:\n")
		c.printf("  %s/v1/login                           in a browser; 陈明 has a child and an elder\n", base)
	} else {
		c.printf("Log in at the providers of %s, as somebody whom they know:\n", s.Login)
		c.printf("  %s/v1/login                           in a browser\n", base)
	}
	c.printf("  %s wallet login %s        the wallet of the command line, in another terminal\n\n", c.program, base)
	c.printf("Then be the gate:\n")
	c.printf("  %s bundle update --bundle gate.ykb --demo %s/.well-known/healthcode/bundle\n", c.program, base)
	c.printf("  %s verify --bundle gate.ykb --demo CODE           # with the network off, too\n\n", c.program)
	c.printf("Ctrl-C stops it.\n")
}
