package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"healthcode.example/api"
	"healthcode.example/office/files"
	"healthcode.example/wallet/holder"
)

type walletAddCommand struct {
	walletFlags
	Way      string `required:"" enum:"household,birth_certificate,face,member_consent" help:"What proves it: ${enum}."`
	Document given  `required:"" placeholder:"TYPE:NUMBER" help:"The member's document; with birth_certificate the certificate."`
	Relation string `default:"child" enum:"child,parent,spouse,grandparent,ward" help:"What the member is to you: ${enum} (default ${default})."`
	Language string `default:"zh-Hans" enum:"zh-Hans,zh-Hant,en" help:"Of the text: ${enum} (default ${default})."`
	Consent  bool   `help:"You consent, as guardian, to the keeping of the data of a child under 14."`
}

// Help gives the examples.
func (*walletAddCommand) Help() string {
	return `A child comes by the province's register (the same household, or you as the parent by the birth certificate), or by the child's own face check. Anybody
else proves who they are and consents: face and member_consent answer with an address for the member to open.

Examples:

    healthcode wallet add --way household --document resident-id:99010620170909124X --consent
    healthcode wallet add --way member_consent --relation parent --document resident-id:990106195001010031`
}

// Run claims the member.
func (a *walletAddCommand) Run(ctx context.Context, c *console) error {
	d, err := parseDocument("--document", string(a.Document))
	if err != nil {
		return err
	}
	_, client, err := a.connect()
	if err != nil {
		return err
	}
	claim := api.MemberClaim{Way: a.Way, Document: api.Document{Type: string(d.Type), Number: d.Number}, Relation: a.Relation}
	if a.Consent {
		text, err := client.Consent(ctx)
		if err != nil {
			return walletProblem(err)
		}
		c.notef("You consent to this (version %s):\n%s\n\n", text.Version, text.Text[a.Language])
		claim.Consent = text.Version
	}
	if a.Way == "face" || a.Way == "member_consent" {
		check, err := client.CheckMember(ctx, claim)
		if err != nil {
			return walletProblem(err)
		}
		c.printf("Let the member open this, once and until %s, on any device, and prove who they are:\n\n  %s\n\nAfterwards: %s wallet refresh%s\n", stamp(check.ExpiresAt), check.URL, c.program, a.named())
		return nil
	}
	m, err := client.AddMember(ctx, claim)
	if err != nil {
		return walletProblem(err)
	}
	number := 0
	err = a.change(ctx, c, func(file *holder.File) error {
		r, err := m.Relative()
		if err != nil {
			return err
		}
		number, err = file.Add(r)
		return err
	})
	c.printf("%s is in your family now, as your %s. Next: %s wallet refresh%s\n", m.Name, m.Relation, c.program, a.named())
	if err != nil {
		return fmt.Errorf("note the member in the wallet, which the next refresh does as well: %w", err)
	}
	c.printf("In this wallet the number is %d.\n", number)
	return nil
}

type walletRemoveCommand struct {
	walletFlags
	Member string `arg:"" placeholder:"WHO" help:"A number or a name of the list."`
	Yes    bool   `help:"Do it without asking."`
}

// Run ends the guardianship, and with it the member's codes on this person's devices.
func (r *walletRemoveCommand) Run(ctx context.Context, c *console) error {
	client, m, err := r.find(ctx, c, r.Member)
	if err != nil {
		return err
	}
	if m.Relation == 0 {
		return usage("%q is yourself: healthcode wallet erase has your own record erased, healthcode wallet logout ends the log-in", r.Member)
	}
	if err := confirmed(c, r.Yes, fmt.Sprintf("The codes of %s on all your devices end; other guardians keep theirs. It takes new proof to undo this.", m.Name)); err != nil {
		return err
	}
	err = client.EndMember(ctx, m.ID.String())
	if p := api.ProblemOf(err); err != nil && (p == nil || p.Code != api.CodeMemberNotFound) {
		return walletProblem(err)
	}
	gone := err != nil
	err = r.change(ctx, c, func(file *holder.File) error {
		file.Remove(m.ID)
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("the care for %s is ended, but not yet noted in this wallet, which the next refresh does: %w", m.Name, err)
	case gone:
		c.printf("%s was no longer in your family; now the wallet knows it too.\n", m.Name)
	default:
		c.printf("The care for %s is ended.\n", m.Name)
	}
	return nil
}

type walletPaperCommand struct {
	walletFlags
	Member   string `arg:"" placeholder:"WHO" help:"A number or a name of the list, or self."`
	Out      given  `required:"" placeholder:"FILE" help:"Where it goes: .pdf or .html to be printed, .png or .svg for the symbol alone."`
	Again    bool   `help:"Draw the paper code in force once more, instead of making a new one that ends it."`
	Document bool   `help:"With a second symbol behind a fold, by which a gate can compare the document."`
	Of       string `name:"document-type" enum:",resident-id,home-return-permit,birth-certificate,passport" default:"" placeholder:"TYPE" help:"Of which document that is, for who has several: resident-id, home-return-permit, birth-certificate or passport."`
	Card     bool   `help:"A card to be cut out instead of a page of A4."`
	Language string `default:"zh-Hans" enum:"zh-Hans,zh-Hant,en" help:"The first language of the page: ${enum} (default ${default})."`
}

// Run makes the print and loads what is to be printed.
func (p *walletPaperCommand) Run(ctx context.Context, c *console) error {
	name := string(p.Out)
	format := name[strings.LastIndexByte(name, '.')+1:]
	switch format {
	case "pdf", "html", "png", "svg":
	default:
		return usage("--out: the name must end in .pdf, .html, .png or .svg")
	}
	client, m, err := p.find(ctx, c, p.Member)
	if err != nil {
		return err
	}
	out, err := c.files.Create(name) // before a print ends the former one
	if err != nil {
		return fmt.Errorf("--out %s: %w", name, err)
	}
	defer out.Drop()
	if !p.Again {
		if _, err := client.NewPrint(ctx, m.ID.String(), p.document()); err != nil {
			return walletProblem(err)
		}
	}
	if err := p.draw(ctx, client, m.ID.String(), format, out); err != nil {
		if p.Again {
			return err
		}
		return fmt.Errorf("the paper code of %s is made, and an earlier one void, but it is not in %s: draw it with --again: %w", m.Name, name, err)
	}
	c.printf("The paper code of %s is in %s.\n", m.Name, name)
	if !p.Again {
		c.printf("Any earlier one of this person is void now; destroy it.\n")
	}
	return nil
}

// document is which document the paper can be compared with.
func (p *walletPaperCommand) document() string {
	switch {
	case p.Of != "":
		return p.Of
	case p.Document:
		return "true"
	}
	return ""
}

// draw loads what is to be printed into the file.
func (p *walletPaperCommand) draw(ctx context.Context, client *api.Client, member, format string, out files.Output) error {
	sheet := api.Sheet{Card: p.Card, Language: p.Language}
	if format == "png" || format == "svg" {
		sheet = api.Sheet{}
	}
	b, err := client.DrawPrint(ctx, member, format, sheet)
	if err != nil {
		return walletProblem(err)
	}
	if _, err := out.Write(b); err != nil {
		return err
	}
	return out.Keep()
}

type walletDevices struct {
	List walletDevicesListCommand `cmd:"" default:"withargs" help:"List the devices in use."`
	End  walletDevicesEndCommand  `cmd:"" help:"End a device that was lost or changed, or all, and every code on it."`
}

type walletDevicesListCommand struct {
	walletFlags
	JSON bool `help:"Write one JSON object."`
}

// Run lists them.
func (l *walletDevicesListCommand) Run(ctx context.Context, c *console) error {
	file, client, err := l.connect()
	if err != nil {
		return err
	}
	got, err := client.Devices(ctx)
	if err != nil {
		return walletProblem(err)
	}
	if l.JSON {
		return c.json(got)
	}
	own, _ := file.Device()
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "DEVICE\tSINCE\t\n")
	for _, d := range got.Devices {
		note := ""
		if d.Device == fmt.Sprintf("%x", own[:]) {
			note = "this one"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", d.Device, stamp(d.Since), note)
	}
	return w.Flush()
}

type walletDevicesEndCommand struct {
	walletFlags
	Device string `arg:"" optional:"" help:"The device's identifier, from the list."`
	All    bool   `help:"All devices, also this one."`
	Yes    bool   `help:"Do it without asking."`
}

// Help gives the examples.
func (*walletDevicesEndCommand) Help() string {
	return `Every code on the device ends, the children's too; those on other devices and on paper stay. Every log-in but this one ends with it, since nobody can tell which of them
is on the device: log in again on your other devices.

Examples:

    healthcode wallet devices end 00112233445566778899aabbccddeeff
    healthcode wallet devices end --all`
}

// Run ends one, or all.
func (e *walletDevicesEndCommand) Run(ctx context.Context, c *console) error {
	if e.All == (e.Device != "") {
		return usage("name the device to end, or give --all")
	}
	_, client, err := e.connect()
	if err != nil {
		return err
	}
	if err := confirmed(c, e.Yes, "Every code on it ends, the children's too; those on other devices and on paper stay. Every log-in but this one ends."); err != nil {
		return err
	}
	if e.All {
		err = client.EndDevices(ctx)
	} else {
		err = client.EndDevice(ctx, e.Device)
	}
	if p := api.ProblemOf(err); p != nil && p.Code == api.CodeNotFound {
		return fmt.Errorf("no device of yours in use has this identifier: healthcode wallet devices lists them")
	}
	if err != nil {
		return walletProblem(err)
	}
	if e.All {
		c.printf("All devices are ended. Gates refuse their codes with their next bundle. Next: %s wallet login%s\n", c.program, e.named())
		return nil
	}
	c.printf("The device is ended. Gates refuse its codes with their next bundle.\n")
	return nil
}

type walletLogoutCommand struct{ walletFlags }

// Run ends every session of the person. The codes stay until they end; nothing on this machine is deleted.
func (l *walletLogoutCommand) Run(ctx context.Context, c *console) error {
	_, client, err := l.connect()
	if err != nil {
		return err
	}
	if err := client.LogOut(ctx); err != nil && (api.ProblemOf(err) == nil || api.ProblemOf(err).Code != api.CodeUnauthorized) {
		return walletProblem(err)
	}
	err = l.change(ctx, c, func(file *holder.File) error {
		account := file.Account()
		account.Session = ""
		file.SetAccount(account)
		return nil
	})
	if err != nil {
		return err
	}
	c.printf("Logged out, on every device. The codes in %s can be shown until they end.\n", l.Wallet)
	return nil
}
