package main

import (
	"time"

	"healthcode.example/trust"
	"healthcode.example/trust/bundlefile"
	"healthcode.example/verifier"
)

// withPartners lets the gate look up the status of partners' codes in the partners' own bundles. Which root such a bundle must follow from is
// said by our key list alone; the operator of a gate cannot let a region in.
func withPartners(c *console, v *verifier.Verifier, ours *trust.Bundle, g *gateFlags, at time.Time) (*verifier.Verifier, error) {
	for _, path := range g.Partner {
		var err error
		if v, _, err = withPartnerFile(c, v, ours, g, path, at); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// withPartnerFile adds the bundle of one partner; nil where our list knows the region by keys alone.
func withPartnerFile(c *console, v *verifier.Verifier, ours *trust.Bundle, g *gateFlags, path given, at time.Time) (*verifier.Verifier, *trust.Bundle, error) {
	theirs, err := believePartner(c, ours, string(path), at)
	if err != nil || theirs == nil {
		return v, nil, err
	}
	if err := bundlefile.CheckPartner(string(g.Bundle), ours, theirs); err != nil {
		return nil, nil, badBundle("--partner %s: give the newest only: %w", path, err)
	}
	with, err := v.WithPartner(theirs)
	if err != nil {
		return nil, nil, badBundle("--partner %s: %w", path, err)
	}
	return with, theirs, nil
}

// believePartner pins the root of the file that our key list names, and takes the bundle in as a gate of the partner would. Of a region that our
// list knows by keys alone there is nothing to believe it by: nil, after a warning, and the ages of the list decide.
func believePartner(c *console, ours *trust.Bundle, path string, at time.Time) (*trust.Bundle, error) {
	raw, err := bundlefile.Load(path)
	if err != nil {
		return nil, badBundle("--partner: the bundle cannot be read: %w", err)
	}
	_, root, err := trust.LastRoot(raw)
	if err != nil {
		return nil, badBundle("--partner %s: the bundle cannot be read: %w", path, err)
	}
	pinned, _, err := bundlefile.PinPartner(ours, raw)
	if err != nil {
		if p := ours.KeyList().FindPartner(trust.FormatYK1, root.Region); p != nil && p.Root == nil {
			c.notef("healthcode: --partner %s is not used: our key list knows %s by keys alone and pins no root of it, so the status of its codes is unknown and their age decides\n",
				path, p.Name)
			return nil, nil
		}
		return nil, badBundle("--partner %s: %w", path, err)
	}
	theirs, err := trust.Update(pinned, raw, at)
	if err != nil {
		return nil, badBundle("--partner %s: the bundle is not to be believed: %w", path, err)
	}
	return theirs, nil
}

// checkGate looks at the sort of a gate before anything is done.
func checkGate(sort given) error {
	if sort != "" && !trust.ValidGate(string(sort)) {
		return usage("--gate %q: a sort of gates is named by 1 to 32 of a-z, 0-9 and -", sort)
	}
	return nil
}
