package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
)

// HistoryKind is an entry of a registry: the kinds below, and those that
// Config.Histories brings.
type HistoryKind string

// Kinds of the wallet itself.
const (
	HistoryDecisions     HistoryKind = "decisions"
	HistoryDevices       HistoryKind = "devices"
	HistoryPrints        HistoryKind = "prints"
	HistoryGuardianships HistoryKind = "guardianships"
	HistoryLogIns        HistoryKind = "log_ins"
	HistoryRecord        HistoryKind = "record" // what was done to the record itself, and who looked at it
)

// HistoryEntry is one line of a history. What it does not say is zero.
type HistoryEntry struct {
	At      int64             `json:"at"`               // unix seconds
	Until   int64             `json:"until,omitempty"`  // unix seconds of the end
	Word    string            `json:"word"`             // a word of the kind's registry: an EventKind, a reason
	By      Actor             `json:"by,omitempty"`     // in which capacity
	Who     string            `json:"who,omitempty"`    // masked name of the other person
	About   string            `json:"about,omitempty"`  // masked name of the member whom a guardian was told about
	Detail  string            `json:"detail,omitempty"` // a word of a registry
	Colour  string            `json:"colour,omitempty"`
	Text    map[string]string `json:"text,omitempty"`    // what the holder reads, by language
	Release map[string]string `json:"release,omitempty"` // how to become green again, by language
}

// HistoryPart is one kind of history of one person.
type HistoryPart struct {
	Kind    HistoryKind       `json:"kind"`
	Title   map[string]string `json:"title"`   // by language: zh-Hans, zh-Hant, en
	Entries []HistoryEntry    `json:"entries"` // newest first, at most MaxHistory
	More    bool              `json:"more"`    // older ones are in the export
}

// History is what exactly one person's record has been through.
type History struct {
	Person health.PersonID `json:"person"`
	Parts  []HistoryPart   `json:"parts"`
}

// HistorySource is one kind of history. Whoever keeps notices, entry
// registrations, declarations or temperature checks joins by one of these in
// Config.Histories.
type HistorySource struct {
	Kind  HistoryKind
	Title map[string]string // by language: zh-Hans, zh-Hant, en
	// Read returns the entries of exactly that person, in any order. It is
	// called after it is known that the reader may see them.
	Read func(ctx context.Context, of Dossier, at time.Time) ([]HistoryEntry, error)
}

// History returns the member's histories. by is the member or a guardian in
// force, else ErrNoGuardian.
func (s *Service) History(ctx context.Context, by, member health.PersonID, at time.Time) (History, error) {
	d, err := s.dossier(ctx, by, member, at)
	if err != nil {
		return History{}, fmt.Errorf("read the history of %s: %w", member, err)
	}
	h := History{Person: member}
	for _, source := range append(s.ownHistories(), s.Histories...) {
		entries, err := source.Read(ctx, d, at)
		if err != nil {
			return History{}, fmt.Errorf("read the history %s of %s: %w", source.Kind, member, err)
		}
		slices.Reverse(entries) // of one second too the newest stands first
		slices.SortStableFunc(entries, func(x, y HistoryEntry) int { return int(y.At - x.At) })
		if entries == nil {
			entries = []HistoryEntry{} // a list also where there is nothing to tell
		}
		part := HistoryPart{Kind: source.Kind, Title: source.Title, Entries: entries, More: len(entries) > MaxHistory}
		part.Entries = part.Entries[:min(len(entries), MaxHistory)]
		h.Parts = append(h.Parts, part)
	}
	return h, nil
}

// dossier reads all about the member for somebody who may see it.
func (s *Service) dossier(ctx context.Context, by, member health.PersonID, at time.Time) (Dossier, error) {
	d, err := s.Store.Dossier(ctx, member)
	if err != nil || by == member {
		return d, err
	}
	for _, g := range d.Guardians {
		if g.Guardian == by && g.InForce(at.Unix()) {
			return d, nil
		}
	}
	return Dossier{}, ErrNoGuardian
}

// ownHistories is the wallet's part of the registry.
func (s *Service) ownHistories() []HistorySource {
	return []HistorySource{
		{HistoryDecisions, words("Colours", "健康码颜色", "健康碼顏色"), readDecisions},
		{HistoryDevices, words("Devices", "设备", "裝置"), readDevices},
		{HistoryPrints, words("Paper codes", "纸质码", "紙質碼"), s.eventReader(EventPrintMade, EventPrintDrawn, EventPrintEnded)},
		{HistoryGuardianships, words("Guardians and family members", "监护人与家庭成员", "監護人與家庭成員"), s.eventReader(EventGuardianAdded, EventGuardianEnded, EventGuardianRefused, EventConsent)},
		{HistoryLogIns, words("Log-ins", "登录记录", "登入記錄"), s.eventReader(EventLogIn, EventLogOut, EventAgreement)},
		{HistoryRecord, words("Your record", "本人档案", "本人檔案"), s.eventReader(EventCorrected, EventDocumentAdded, EventMerged, EventDeceased, EventRevived, EventExported, EventCodeResolved, EventLookedUp)},
	}
}

func words(en, hans, hant string) map[string]string {
	return map[string]string{"en": en, "zh-Hans": hans, "zh-Hant": hant}
}

func readDecisions(_ context.Context, d Dossier, _ time.Time) (entries []HistoryEntry, _ error) {
	for _, x := range d.Decisions {
		entries = append(entries, HistoryEntry{
			At: x.At.Unix(), Word: x.Reason, Detail: x.Rule, Colour: x.Colour.String(), Text: x.Text, Release: x.Release,
		})
	}
	for i := range entries { // each held until the next
		if i > 0 {
			entries[i-1].Until = entries[i].At
		}
	}
	return entries, nil
}

// readDevices tells each device once, with its end, and by whom it was ended.
func readDevices(_ context.Context, d Dossier, _ time.Time) (entries []HistoryEntry, _ error) {
	for _, x := range d.Devices {
		e := HistoryEntry{At: x.Since, Until: x.Ended, Word: string(EventDeviceAdded), Detail: DeviceMark(x.ID)}
		if x.Ended != 0 {
			e.Word = string(EventDeviceEnded)
			for _, told := range d.Events {
				if told.Kind == EventDeviceEnded && told.At == x.Ended && (told.Detail == e.Detail || told.Detail == "") {
					e.By = told.By
				}
			}
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// eventReader reads the events of some kinds.
func (s *Service) eventReader(kinds ...EventKind) func(context.Context, Dossier, time.Time) ([]HistoryEntry, error) {
	return func(ctx context.Context, d Dossier, _ time.Time) (entries []HistoryEntry, err error) {
		known := make(map[health.PersonID]string)
		for _, e := range d.Events {
			if !slices.Contains(kinds, e.Kind) {
				continue
			}
			line := HistoryEntry{At: e.At, Word: string(e.Kind), By: e.By, Detail: e.Detail}
			if line.Who, err = s.maskedName(ctx, known, e.Other); err != nil {
				return nil, err
			}
			if line.About, err = s.maskedName(ctx, known, e.Member); err != nil {
				return nil, err
			}
			entries = append(entries, line)
		}
		return entries, nil
	}
}

// maskedName is empty for nobody, and for whoever is no longer stored.
func (s *Service) maskedName(ctx context.Context, known map[health.PersonID]string, id health.PersonID) (string, error) {
	if name, ok := known[id]; ok || id.IsZero() {
		return name, nil
	}
	p, err := s.Person(ctx, id)
	if err != nil && !errors.Is(err, ErrNoPerson) {
		return "", err
	}
	if err == nil {
		known[id] = credential.MaskName(p.Name)
	}
	return known[id], nil
}
