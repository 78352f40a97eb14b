package main

import (
	"fmt"
	"path/filepath"
	"time"

	"healthcode.example/issuer"
	"healthcode.example/office/backups"
	"healthcode.example/office/datadir"
	"healthcode.example/trust"
)

// tell says what was done or would be. With failed it says no more than the plan: the error follows.
func (r *restoreCommand) tell(c *console, work *backups.Restore, made issuer.Publication, failed error) error {
	plan := work.Plan
	if r.JSON {
		return c.json(r.report(work, made, failed == nil))
	}
	c.printf("backup      of %s, publication %d\n", plan.Since.UTC().Format(time.RFC3339), plan.BackupVersion)
	c.printf("published   version %d is the newest, from %s; the store goes on after it\n", plan.PublishedVersion, work.Source)
	c.printf("doubtful    %d handles may have been given since: codes under them are revoked\n", plan.Doubtful)
	c.printf("renewed     %d holdings had been ended since; they get fresh handles, and what ended them must be recorded again\n", len(plan.Renewed))
	c.printf("recovered   %d other published revocations\n", plan.Recovered)
	if n := len(r.Abandoned); n > 0 {
		c.printf("abandoned   %d branches: what they have revoked stays so, and the store goes on above their handles and versions\n", n)
	}
	for _, why := range plan.Refusing {
		c.printf("REFUSING    a gate of an abandoned branch would not take it (%s): a ceremony that condemns the snapshot key brings such gates back\n", why)
	}
	for _, line := range work.Brought {
		c.printf("keys        %s\n", line)
	}
	for _, key := range plan.Missing {
		c.printf("MISSING     the %s key %s%s: it came into the service after the backup; %s\n", key.Purpose, key.Key.ID(), ofPlace(key), howToBring(key))
	}
	if len(plan.Missing) > 0 && datadir.Exists(filepath.Join(work.Data, datadir.KeysDir, datadir.AuthorityFile)) {
		c.printf("            (this is a demonstration, whose keys lie in its store alone: a file of one is nowhere)\n")
	}
	for _, list := range plan.Lost {
		c.printf("LOST        the key of the %s: codes in it cannot be revoked one by one; compromise the keys that signed them, or let them end\n", list)
	}
	switch {
	case failed != nil:
	case r.Apply:
		c.printf("\nDone: publication %d, %d keys begin to sign. Start the service, make a backup at once, and use no backup from before this again.\n", made.Version, work.Begin)
	case work.Busy:
		c.printf("\nNothing was changed, and nothing can be while the service runs: end it, and look at the plan once more, since the service has published since.\n")
	default:
		c.printf("\nNothing was changed. To do it: --apply%s\n", r.consent(plan))
	}
	return nil
}

// consent is what --apply has to be given along.
func (r *restoreCommand) consent(plan *issuer.RestorePlan) string {
	if len(plan.Lost) > 0 && !r.AcceptLost {
		return " --accept-lost"
	}
	return ""
}

func howToBring(key trust.IssuerKey) string {
	if key.Purpose == trust.SnapshotKey {
		return "give its file with --key FILE"
	}
	return "give its file with --key FILE, or afterwards to healthcode keys import"
}

func ofPlace(key trust.IssuerKey) string {
	if key.Prefecture == 0 {
		return ""
	}
	return fmt.Sprintf(" of prefecture %d", key.Prefecture)
}

// report is the same for programs.
func (r *restoreCommand) report(work *backups.Restore, made issuer.Publication, possible bool) map[string]any {
	plan := work.Plan
	missing := []map[string]any{}
	for _, key := range plan.Missing {
		missing = append(missing, map[string]any{"id": key.Key.ID().String(), "purpose": key.Purpose.String(), "prefecture": key.Prefecture})
	}
	version := uint64(0)
	if r.Apply {
		version = made.Version
	}
	return map[string]any{
		"applied": r.Apply, "possible": possible && !work.Busy, "keys_brought": plan.Brought(), "backup_of": plan.Since.UTC().Format(time.RFC3339), "backup_version": plan.BackupVersion,
		"published_version": plan.PublishedVersion, "published_source": work.Source, "version": version, "doubtful": plan.Doubtful,
		"renewed": len(plan.Renewed), "recovered": plan.Recovered, "lost_lists": append([]string{}, plan.Lost...), "missing_keys": missing,
		"abandoned": len(r.Abandoned), "refusing": append([]string{}, plan.Refusing...),
	}
}
