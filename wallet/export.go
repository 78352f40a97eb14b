package wallet

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/issuer"
)

// Export is everything that is kept about exactly one person, for that person
// to take away. Other people stand in it by identifier and masked name only.
// Times are unix seconds.
type Export struct {
	Version    int                `json:"version"` // of this form: 1
	At         int64              `json:"at"`
	Person     ExportedPerson     `json:"person"`
	Devices    []ExportedDevice   `json:"devices"`
	Guardians  []ExportedGuardian `json:"guardians"`  // over the person
	Dependants []ExportedGuardian `json:"dependants"` // of the person
	Holdings   []ExportedHolding  `json:"holdings"`   // what codes can be made for, on the person's own devices and paper
	Paper      *ExportedPaper     `json:"paper,omitempty"`
	Evidence   []ExportedEvidence `json:"evidence"`
	Sessions   []ExportedSession  `json:"sessions"`
	Agreement  *ExportedAgreement `json:"agreement,omitempty"`
	Histories  []HistoryPart      `json:"histories"` // whole, not cut at MaxHistory
	Documents  []ExportedDocument `json:"documents"`
}

// ExportedPerson is the record.
type ExportedPerson struct {
	ID       health.PersonID `json:"id"`
	Name     string          `json:"name"`
	Birth    string          `json:"birth"` // YYYY-MM-DD
	Region   uint32          `json:"region"`
	Deceased int64           `json:"deceased,omitempty"`
}

// ExportedDocument is one document in full.
type ExportedDocument struct {
	Type   DocumentType `json:"type"`
	Number string       `json:"number"`
}

// ExportedDevice is a device, ended or not.
type ExportedDevice struct {
	ID    string `json:"id"`  // hexadecimal
	Key   string `json:"key"` // COSE_Key, hexadecimal
	Since int64  `json:"since"`
	Ended int64  `json:"ended,omitempty"`
}

// ExportedGuardian is a guardianship, ended or not.
type ExportedGuardian struct {
	Person   health.PersonID `json:"person"` // the other one of the two
	Name     string          `json:"name"`   // masked
	Relation string          `json:"relation"`
	Evidence string          `json:"evidence"`
	Consent  string          `json:"consent,omitempty"`
	Since    int64           `json:"since"`
	Ended    int64           `json:"ended,omitempty"`
	EndedBy  Actor           `json:"ended_by,omitempty"` // who revoked it
	Reason   string          `json:"reason,omitempty"`   // why, as the authority gave it
	NotAfter int64           `json:"not_after,omitempty"`
}

// ExportedHolding says that codes of a purpose can be made, on a device of the
// person's own or on paper. What guardians have on their telephones is said by
// their guardianship alone: how many those are is nobody else's to know.
type ExportedHolding struct {
	Purpose string `json:"purpose"`
	Device  string `json:"device,omitempty"` // hexadecimal
	Since   int64  `json:"since"`
}

// ExportedPaper is the last paper code.
type ExportedPaper struct {
	Code  string `json:"code"`           // as the symbol has it
	Salt  string `json:"salt,omitempty"` // as the folded symbol has it
	Since int64  `json:"since"`
	By    Actor  `json:"by,omitempty"` // in which capacity it was made
}

// ExportedEvidence is a recorded fact.
type ExportedEvidence struct {
	Kind       string `json:"kind"`
	At         int64  `json:"at"`
	RecordedAt int64  `json:"recorded_at"`
	Source     string `json:"source"`
	Reference  string `json:"reference,omitempty"`
}

// ExportedSession is a log-in in force, without its token, which is kept
// nowhere.
type ExportedSession struct {
	Since   int64    `json:"since"`
	Seen    int64    `json:"seen"`
	Methods []string `json:"methods"`
	Roles   []Role   `json:"roles,omitempty"`
}

// ExportedAgreement is the last one accepted.
type ExportedAgreement struct {
	Version string `json:"version"`
	At      int64  `json:"at"`
}

// Export returns everything that is kept about the member, and records that it
// was taken. by is an office, the member or a guardian in force, else
// ErrNoGuardian.
func (s *Service) Export(ctx context.Context, by Acting, member health.PersonID, at time.Time) (Export, error) {
	e, err := s.export(ctx, by, member, at)
	if err != nil {
		return Export{}, fmt.Errorf("export what is kept about %s: %w", member, err)
	}
	return e, nil
}

func (s *Service) export(ctx context.Context, by Acting, member health.PersonID, at time.Time) (Export, error) {
	taken := Event{At: at.Unix(), Kind: EventExported, By: by.Office}
	reader := by.Person
	switch {
	case by.Office != "":
		reader = member
	case reader == member:
		taken.By = BySelf
	default:
		taken.By, taken.Other = ByGuardian, reader
	}
	if _, err := s.dossier(ctx, reader, member, at); err != nil {
		return Export{}, err
	}
	if err := s.Store.AddEvent(ctx, member, taken); err != nil {
		return Export{}, err
	}
	d, err := s.dossier(ctx, reader, member, at)
	if err != nil {
		return Export{}, err
	}
	return s.exported(ctx, d, at)
}

// exported writes a dossier out.
func (s *Service) exported(ctx context.Context, d Dossier, at time.Time) (Export, error) {
	p, err := s.Vault.OpenPerson(d.Person)
	if err != nil {
		return Export{}, err
	}
	e := Export{
		Version: 1, At: at.Unix(),
		Person: ExportedPerson{ID: p.ID, Name: p.Name, Birth: p.Birth.String(), Region: p.Region, Deceased: p.Deceased},
	}
	for _, x := range p.Documents {
		e.Documents = append(e.Documents, ExportedDocument(x))
	}
	for _, x := range d.Devices {
		e.Devices = append(e.Devices, ExportedDevice{ID: hex.EncodeToString(x.ID[:]), Key: hex.EncodeToString(x.Key), Since: x.Since, Ended: x.Ended})
	}
	e.Holdings = exportHoldings(d)
	for _, x := range d.Evidence {
		e.Evidence = append(e.Evidence, ExportedEvidence{
			Kind: string(x.Kind), At: x.At.Unix(), RecordedAt: x.RecordedAt.Unix(), Source: x.Source, Reference: x.Reference,
		})
	}
	for _, x := range d.Sessions {
		e.Sessions = append(e.Sessions, ExportedSession{Since: x.Since, Seen: x.Seen, Methods: x.Methods, Roles: x.Roles})
	}
	if d.Agreement != (Acceptance{}) {
		e.Agreement = &ExportedAgreement{Version: d.Agreement.Version, At: d.Agreement.At}
	}
	if e.Paper, err = s.exportPaper(d); err != nil {
		return Export{}, err
	}
	return e, s.exportOthers(ctx, d, &e, at)
}

// exportHoldings leaves out those on other people's devices.
func exportHoldings(d Dossier) (all []ExportedHolding) {
	for _, h := range d.Holdings {
		x := ExportedHolding{Purpose: h.Purpose.String(), Since: h.Since}
		if h.Device != (issuer.DeviceID{}) {
			if !slices.ContainsFunc(d.Devices, func(own Device) bool { return own.ID == h.Device }) {
				continue
			}
			x.Device = hex.EncodeToString(h.Device[:])
		}
		all = append(all, x)
	}
	return all
}

func (s *Service) exportPaper(d Dossier) (*ExportedPaper, error) {
	if d.Print == nil {
		return nil, nil
	}
	paper, _, err := s.openPaper(d.Person.ID, *d.Print)
	if err != nil {
		return nil, err
	}
	x := &ExportedPaper{Code: credential.Text(paper.Code), Since: paper.Since, By: d.Print.By}
	x.Salt = paper.SaltText()
	return x, nil
}

// exportOthers fills in what needs other people's masked names.
func (s *Service) exportOthers(ctx context.Context, d Dossier, e *Export, at time.Time) (err error) {
	known := make(map[health.PersonID]string)
	add := func(to *[]ExportedGuardian, g Guardianship, other health.PersonID) error {
		name, err := s.maskedName(ctx, known, other)
		*to = append(*to, ExportedGuardian{
			Person: other, Name: name, Relation: g.Relation.String(), Evidence: g.Evidence, Consent: g.Consent,
			Since: g.Since, Ended: g.Ended, EndedBy: g.EndedBy, Reason: g.Reason, NotAfter: g.NotAfter,
		})
		return err
	}
	for _, g := range d.Guardians {
		err = errors.Join(err, add(&e.Guardians, g, g.Guardian))
	}
	for _, g := range d.Dependants {
		err = errors.Join(err, add(&e.Dependants, g, g.Member))
	}
	for _, source := range append(s.ownHistories(), s.Histories...) {
		entries, failed := source.Read(ctx, d, at)
		err = errors.Join(err, failed)
		e.Histories = append(e.Histories, HistoryPart{Kind: source.Kind, Title: source.Title, Entries: entries})
	}
	return err
}
