package main

import (
	"context"
	"errors"
	"time"

	"healthcode.example/wallet"
)

type personCommands struct {
	Show     personShowCommand     `cmd:"" help:"Tell what is kept about a person, and what has happened to it."`
	Add      personAddCommand      `cmd:"" help:"Enter one person of whom neither provider nor register tells enough."`
	Correct  personCorrectCommand  `cmd:"" help:"Mend a name, a number, a birth date or a region."`
	Merge    personMergeCommand    `cmd:"" help:"Join two records of one person, who was entered under two documents."`
	Bind     personBindCommand     `cmd:"" help:"Make somebody the guardian of a person, by what proved it."`
	Unbind   personUnbindCommand   `cmd:"" help:"Revoke a guardianship, for a reason."`
	Lost     personLostCommand     `cmd:"" help:"End all devices and log-ins of somebody who lost theirs."`
	Deceased personDeceasedCommand `cmd:"" help:"Record a death: every code ends, and there is no new one."`
	Erase    personEraseCommand    `cmd:"" help:"Remove all that is kept about a person."`

	Guardians personGuardiansCommand `cmd:"" help:"List who is guardian of a person, and who was."`
	EndPaper  personEndPaperCommand  `cmd:"" help:"End a paper code that was lost."`
	Alike     personAlikeCommand     `cmd:"" help:"List records that may be of one person."`
	Overrides personOverridesCommand `cmd:"" help:"List what was forced against a refusal."`
}

// personFlags are common to the commands that change a record.
type personFlags struct {
	dataFlags
	Document given `required:"" placeholder:"TYPE:NUMBER" help:"A document of the person."`
	DryRun   bool  `help:"Change nothing, and say what would be: so it is without --yes too."`
	Yes      bool  `help:"Do it. No code that ends by it comes back."`
	JSON     bool  `help:"Write one JSON object."`
}

// dry says whether nothing shall change.
func (f *personFlags) dry() bool { return f.DryRun || !f.Yes }

// withPerson opens the office, finds the person and does something that may need fresh handles.
func (f *personFlags) withPerson(ctx context.Context, c *console, do func(o *office, p wallet.Person, at time.Time) error) (err error) {
	at := c.now()
	o, err := openReadyWallets(ctx, c, f.dataFlags, at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	person, err := o.person(ctx, "--document", string(f.Document))
	if err != nil {
		return err
	}
	return o.publishing(ctx, at, func() error { return do(o, person, at) })
}

// tell writes what was or would be done.
func (f *personFlags) tell(c *console, did string, changes wallet.Changes, more map[string]any) error {
	if f.JSON {
		out := map[string]any{"done": !f.dry(), "changes": changes}
		for key, value := range more {
			out[key] = value
		}
		return c.json(out)
	}
	verb := "has"
	if f.dry() {
		verb = "would have"
	}
	c.printf("%s %s these effects:\n", did, verb)
	for _, line := range []struct {
		what string
		n    int
	}{
		{"codes that end", changes.Codes}, {"devices", changes.Devices}, {"paper codes", changes.Prints},
		{"guardians", changes.Guardians}, {"dependants", changes.Dependants}, {"pieces of evidence", changes.Evidence},
		{"decisions", changes.Decisions}, {"events", changes.Events},
	} {
		if line.n > 0 {
			c.printf("  %-20s %d\n", line.what, line.n)
		}
	}
	switch {
	case f.dry():
		c.printf("Nothing was changed: say --yes to do it. No code that ends by it comes back.\n")
	case changes.Codes == 0:
	case c.office != nil:
		c.printf("A gate learns which codes have ended at its next update.\n")
	default:
		c.printf("The codes end with the next publication: healthcode bundle export --publish\n")
	}
	return nil
}
