package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"healthcode.example/credential"
	"healthcode.example/gate/verdict"
	"healthcode.example/trust"
	"healthcode.example/trust/bundlefile"
)

type bundleInspectCommand struct {
	believeFlags
	At   given  `placeholder:"RFC3339" help:"The time to compare ages and expiry with; without it, now."`
	JSON bool   `help:"Write one JSON object."`
	File string `arg:"" help:"The bundle."`
}

// Help gives the examples.
func (*bundleInspectCommand) Help() string {
	return `Without --root or --demo the bundle is compared with its own root only: compare the fingerprint with the published one.

Examples:

    healthcode bundle inspect gate.ykb
    healthcode bundle inspect --root root.cose --json gate.ykb`
}

// bundleReport is what inspect tells.
type bundleReport struct {
	Bytes       int          `json:"bytes"`
	Believed    bool         `json:"believed"` // under a root that the caller gave, or as a demonstration
	Region      string       `json:"region"`
	Demo        bool         `json:"demo"`
	Fingerprint string       `json:"fingerprint"`
	Root        partReport   `json:"root"`
	KeyList     partReport   `json:"key_list"`
	Snapshot    partReport   `json:"snapshot"`
	Expired     string       `json:"expired,omitempty"`
	ClockBehind int64        `json:"clock_behind_s,omitempty"` // how far this machine's clock is behind the snapshot, if it is
	Ceiling     uint64       `json:"ceiling"`
	Runs        []runReport  `json:"runs,omitempty"`
	Keys        []keyReport  `json:"keys"`
	Lists       []listReport `json:"lists"`
	Partners    []string     `json:"partners,omitempty"`
	Policy      policyReport `json:"policy"`
}

type partReport struct {
	Version uint64    `json:"version"`
	Issued  time.Time `json:"issued,omitzero"`
	Expires time.Time `json:"expires"`
}

type keyReport struct {
	ID          string    `json:"kid"`
	Purpose     string    `json:"purpose"`
	State       string    `json:"state"`
	Algorithm   string    `json:"alg"`
	Prefecture  uint32    `json:"prefecture,omitempty"`
	UseFrom     time.Time `json:"use_from"`
	UseUntil    time.Time `json:"use_until"`
	VerifyUntil time.Time `json:"verify_until"`
}

// runReport is a run that published, from its first version on.
type runReport struct {
	From uint64 `json:"from"`
	ID   string `json:"id"`
}

type listReport struct {
	Purpose string `json:"purpose"`
	Day     string `json:"day"`
	Width   uint8  `json:"width"`
	Revoked int    `json:"revoked"`
	Bytes   int    `json:"bytes"`
}

// policyReport is in seconds.
type policyReport struct {
	SoftAge       int64 `json:"soft_age_s"`
	HardAge       int64 `json:"hard_age_s"`
	PublishEvery  int64 `json:"publish_every_s"`
	PhoneLifetime int64 `json:"phone_lifetime_s"`
	PaperLifetime int64 `json:"paper_lifetime_s"`
}

// Run tells what the bundle holds.
func (i *bundleInspectCommand) Run(c *console) error {
	at, err := c.at(string(i.At))
	if err != nil {
		return err
	}
	raw, err := bundlefile.Load(i.File)
	if err != nil {
		return badBundle("the bundle cannot be read: %w", err)
	}
	believed := i.Root != "" || i.Demo
	var b *trust.Bundle
	if believed {
		b, err = i.believe(i.File, at)
	} else {
		b, err = selfBelieved(raw, at)
	}
	if err != nil {
		return err
	}
	report := newBundleReport(b, at)
	report.Bytes, report.Believed = len(raw), believed
	if i.JSON {
		return c.json(report)
	}
	return report.print(c, b, at)
}

// selfBelieved reads a bundle under its own newest root, to be looked at.
func selfBelieved(raw []byte, at time.Time) (*trust.Bundle, error) {
	root, _, err := trust.LastRoot(raw)
	if err != nil {
		return nil, badBundle("the bundle cannot be read: %w", err)
	}
	pinned, err := pin(root)
	if err != nil {
		return nil, err
	}
	b, err := trust.Update(pinned, raw, at)
	if err != nil {
		return nil, badBundle("the bundle does not hold together: %w", err)
	}
	return b, nil
}

func newBundleReport(b *trust.Bundle, at time.Time) *bundleReport {
	root, list, snapshot := b.Root(), b.KeyList(), b.Snapshot()
	r := &bundleReport{
		Region: root.Region, Demo: root.Demo, Fingerprint: b.Fingerprint(), Expired: b.Expired(at), Ceiling: snapshot.Ceiling,
		ClockBehind: seconds(b.Behind(at)),
		Root:        partReport{Version: root.Version, Expires: utc(root.ExpiresAt)},
		KeyList:     partReport{list.Version, utc(list.IssuedAt), utc(list.ExpiresAt)},
		Snapshot:    partReport{snapshot.Version, utc(snapshot.IssuedAt), utc(snapshot.ExpiresAt)},
		Keys:        make([]keyReport, 0, len(list.Keys)), Lists: []listReport{},
		Policy: policyReport{seconds(list.Policy.SoftAge), seconds(list.Policy.HardAge), seconds(list.Policy.PublishEvery),
			seconds(list.Policy.PhoneLifetime), seconds(list.Policy.PaperLifetime)},
	}
	for i := range list.Keys {
		r.Keys = append(r.Keys, newKeyReport(&list.Keys[i]))
	}
	for _, l := range b.Lists() {
		r.Lists = append(r.Lists, listReport{l.Purpose.String(), day(l.Day), l.Width, l.Len(), l.Size()})
	}
	for _, run := range snapshot.Runs {
		r.Runs = append(r.Runs, runReport{run.From, run.ID.String()})
	}
	for _, p := range list.Partners {
		r.Partners = append(r.Partners, p.Name)
	}
	return r
}

func newKeyReport(k *trust.IssuerKey) keyReport {
	return keyReport{k.Key.ID().String(), k.Purpose.String(), k.State.String(), k.Key.Algorithm().String(), k.Prefecture,
		utc(k.UseFrom), utc(k.UseUntil), utc(k.VerifyUntil)}
}

func utc(unix int64) time.Time { return time.Unix(unix, 0).UTC() }

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// day writes the day of a status list, which is one of UTC+8.
func day(list uint32) string {
	return time.Unix(credential.DayStart(list), 0).In(credential.Zone).Format(time.DateOnly)
}

func (r *bundleReport) print(c *console, b *trust.Bundle, at time.Time) error {
	mark := ""
	if r.Demo {
		mark = ", DEMO"
	}
	c.printf("region      %s%s, %d bytes\n", r.Region, mark, r.Bytes)
	c.printf("root        version %d, until %s\n            %s\n", r.Root.Version, stamp(r.Root.Expires), r.Fingerprint)
	if !r.Believed {
		c.printf("            not compared with a root of yours: give --root, or compare the fingerprint\n")
	}
	c.printf("key list    version %d of %s, until %s\n", r.KeyList.Version, stamp(r.KeyList.Issued), stamp(r.KeyList.Expires))
	old := ""
	if r.ClockBehind == 0 {
		old = fmt.Sprintf(" (%s ago)", verdict.Age(max(0, at.Sub(r.Snapshot.Issued))))
	}
	c.printf("snapshot    version %d of %s%s, until %s\n", r.Snapshot.Version, stamp(r.Snapshot.Issued), old, stamp(r.Snapshot.Expires))
	if n := len(r.Runs); n > 0 {
		c.printf("            of run %s, which published from version %d on; %d runs are named\n", r.Runs[n-1].ID, r.Runs[n-1].From, n)
	}
	if trouble := clockBehind(b, at); trouble != "" {
		c.printf("clock       %s; until then a gate here can say nothing\n", trouble)
	}
	if r.Expired != "" {
		c.printf("expired     the %s: a gate with this bundle cannot say anything\n", r.Expired)
	}
	c.printf("policy      a gate should update after %s, and accepts nothing after %s\n\n",
		verdict.Age(time.Duration(r.Policy.SoftAge)*time.Second), verdict.Age(time.Duration(r.Policy.HardAge)*time.Second))
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	printKeys(w, r.Keys)
	_, _ = fmt.Fprintf(w, "\nSTATUS LIST\tDAY\tREVOKED\tBYTES\n")
	for _, l := range r.Lists {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%d\t%d\n", l.Purpose, l.Day, l.Revoked, l.Bytes)
	}
	return w.Flush()
}

// where names the place of a key.
func where(prefecture uint32) string {
	if prefecture == 0 {
		return "region"
	}
	return fmt.Sprintf("%06d", prefecture)
}

func printKeys(w io.Writer, keys []keyReport) {
	_, _ = fmt.Fprintf(w, "KEY\tPURPOSE\tSTATE\tALGORITHM\tUSE FROM\tUNTIL\tVERIFY UNTIL\tWHERE\n")
	for _, k := range keys {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Purpose, k.State, k.Algorithm, stamp(k.UseFrom), stamp(k.UseUntil), stamp(k.VerifyUntil), where(k.Prefecture))
	}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04Z") }
