package issuer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/trust"
)

// ErrLostLists says that codes are alive in lists whose keys the backup does not have: they can no longer be revoked one by one.
var ErrLostLists = errors.New("the backup lacks the keys of lists in which codes are alive")

// RestorePlan is what a restore would do. Nothing is written before Apply. It is for one goroutine.
type RestorePlan struct {
	BackupVersion    uint64            // publication that the backup has, 0 for none
	PublishedVersion uint64            // the newest that was published; the restored store goes on after it
	Since            time.Time         // when the backup was made
	Doubtful         uint64            // handles that may have been given since: all of them are revoked
	Recovered        int               // published revocations that the backup did not know and that concern no holding of it
	Renewed          []Holding         // holdings whose codes had been ended since; they get fresh handles. What ended them is lost: record it again.
	Lost             []string          // lists whose keys the backup lacks
	Missing          []trust.IssuerKey // signing keys that the newest key list lets sign and nobody has brought: see BringRecords and BringKey
	Refusing         []string          // after Apply: why a gate with an abandoned branch's bundle refuses the restored store's, one for each that does

	issuer *Issuer
	at     time.Time
	r      Restoration
	former Publication    // the newest that was published
	list   *trust.KeyList // under which the restored store publishes
	signed []byte         // that list, when a ceremony has signed it for the restore: see UseKeyList
	roots  [][]byte       // and the roots that lead to its signers
	store  Restorer

	abandoned []*trust.Bundle     // of branches of a forked history that are given up
	carried   map[listID][]uint64 // what they have published
}

// PlanRestore compares a store that was restored from a backup, made at since, with the newest bundle that was published. The
// bundle must follow from c.Root and from what the backup has published; c.Store is not used. Give the newest bundle that any
// gate has: what was published after it cannot be known.
//
// abandoned are the newest bundles of other branches of a forked history, if it is one. The store goes on after all of them: above their ceilings
// and versions, and with everything that they have revoked.
func PlanRestore(ctx context.Context, c Config, store Restorer, published []byte, since, at time.Time, abandoned ...[]byte) (*RestorePlan, error) {
	c.Store = store
	i, err := New(c)
	if err != nil {
		return nil, fmt.Errorf("plan the restore: %w", err)
	}
	p := &RestorePlan{Since: since, issuer: i, at: at, store: store, r: Restoration{Since: since.Unix(), At: at.Unix()}}
	bundle, err := p.readPublished(ctx, published)
	if err != nil {
		return nil, fmt.Errorf("plan the restore: %w", err)
	}
	if err := p.readAbandoned(abandoned); err != nil {
		return nil, fmt.Errorf("plan the restore: %w", err)
	}
	if err := p.readCounter(ctx); err != nil {
		return nil, fmt.Errorf("plan the restore: %w", err)
	}
	ended, err := p.readEnded(ctx, bundle)
	if err != nil {
		return nil, fmt.Errorf("plan the restore: %w", err)
	}
	if err := p.settle(ctx, ended); err != nil {
		return nil, fmt.Errorf("plan the restore: %w", err)
	}
	i.store = &restoring{Restorer: store, plan: p}
	if err := p.findMissing(ctx); err != nil {
		return nil, fmt.Errorf("plan the restore: %w", err)
	}
	return p, nil
}

// readPublished makes sure that the bundle is ours, of the backup's own history, and not older than the backup.
func (p *RestorePlan) readPublished(ctx context.Context, published []byte) (*trust.Bundle, error) {
	base, err := trust.Pin(p.issuer.root)
	if err != nil {
		return nil, err
	}
	bundle, err := trust.Update(base, published, p.at)
	if err != nil {
		return nil, fmt.Errorf("the published bundle: %w", err)
	}
	stored, err := p.store.Published(ctx)
	switch {
	case err == nil:
		if base, err = p.issuer.parse(stored); err != nil {
			return nil, fmt.Errorf("the backup is of another region than this root: %w", err)
		}
		if err := p.goesOn(base, bundle); err != nil {
			return nil, err
		}
		if bundle, err = trust.Update(base, published, time.Unix(stored.At, 0)); err != nil {
			return nil, fmt.Errorf("the published bundle does not follow from the backup's: %w", err)
		}
	case !errors.Is(err, ErrNotFound):
		return nil, fmt.Errorf("read the backup's last publication: %w", err)
	}
	snapshot := bundle.Snapshot()
	p.list = bundle.KeyList()
	p.BackupVersion, p.PublishedVersion, p.r.Prev = stored.Version, snapshot.Version, stored.Version
	p.former = Publication{Version: snapshot.Version, Ceiling: snapshot.Ceiling, At: snapshot.IssuedAt, Bundle: published, Keys: publishedSince(bundle, stored)}
	if p.at.Unix() < snapshot.IssuedAt {
		return nil, fmt.Errorf("the bundle is of %s and this clock says %s: set the clock: %w", stamp(snapshot.IssuedAt), stamp(p.at.Unix()), ErrBackwards)
	}
	return bundle, nil
}

// goesOn wants the newest publication to be of the history that the backup is of. A key list that condemns the former snapshot key lets gates take
// any version; the backup is our own, and is held to its history all the same.
func (p *RestorePlan) goesOn(backup, newest *trust.Bundle) error {
	switch {
	case backup.Snapshot().Forked(newest.Snapshot()):
		return fmt.Errorf("%w: the backup has publication %d of another branch than the newest bundle, which has publication %d: take a backup of the branch that stays: "+
			"see \"A forked history\" in docs/ceremonies.md", ErrForked, backup.Version(), newest.Version())
	case newest.Version() < backup.Version():
		return fmt.Errorf("the bundle is older than the backup, which has published version %d: give the newest that any gate has: %w", backup.Version(), trust.ErrRollback)
	}
	return nil
}

// publishedSince says since when verifiers can know each key. What the backup does not know was lost with the store. Then the newest publication is
// the latest answer; and a key that the list lets sign was published a hard age before its window opened, or a ceremony could not have listed it
// (NextKeyList): without that, a key that has signed for weeks would have to wait, and its place would stand empty once the former one is retired.
func publishedSince(bundle *trust.Bundle, stored Publication) []PublishedKey {
	var keys []PublishedKey
	list := bundle.KeyList()
	for _, entry := range list.Keys {
		key := PublishedKey{ID: entry.Key.ID(), Since: bundle.Snapshot().IssuedAt}
		if entry.State == trust.Published {
			key.Since = min(key.Since, entry.UseFrom-int64(list.Policy.HardAge/time.Second))
		}
		if bundle.Version() == 1 {
			key.Since = 0
		}
		if n := slices.IndexFunc(stored.Keys, func(k PublishedKey) bool { return k.ID == key.ID }); n >= 0 {
			key.Since = stored.Keys[n].Since
		}
		keys = append(keys, key)
	}
	return keys
}

func (p *RestorePlan) readCounter(ctx context.Context) error {
	next, _, err := p.store.Counter(ctx)
	if err != nil {
		return fmt.Errorf("read the handle counter: %w", err)
	}
	p.r.Next, p.r.From = next, max(next, p.former.Ceiling)
	p.Doubtful = p.r.From - next
	switch {
	case p.Doubtful > maxDoubtful:
		return fmt.Errorf("a bundle promises handles up to %d, and the backup has given %d: no bundle could hold so many revoked (%d at most), so it is forged or the backup far too old: "+
			"leave that bundle out, and see \"Stolen list keys\" in docs/ceremonies.md", p.former.Ceiling, next, uint64(maxDoubtful))
	case p.former.Version >= trust.MaxVersion:
		return fmt.Errorf("a bundle is of version %d, after which there is none: thieves ran it ahead; restore with the newest of your own and without that one, and see \"Stolen list keys\" in docs/ceremonies.md",
			p.former.Version)
	}
	return nil
}

// maxDoubtful bounds the handles that a restore revokes because nobody knows whose they are: more than a bundle has room for.
const maxDoubtful = 1 << 25

// Apply writes the plan, together with the first publication of the restored store, in one transaction. With lists lost it
// does so only when acceptLost says that their codes will be let die, or be refused by compromising the key that signed them:
// ErrLostLists. Without a snapshot key that the newest key list lets sign it does nothing: ErrNoKey, naming those that would do.
// Afterwards call EnsureKeys and publish the result: gates learn from it what the restore revoked.
func (p *RestorePlan) Apply(ctx context.Context, acceptLost bool) (Publication, error) {
	if len(p.Lost) > 0 && !acceptLost {
		return Publication{}, fmt.Errorf("restore: %w: %v: take a later backup, or accept that codes in them cannot be revoked one by one until they end", ErrLostLists, p.Lost)
	}
	made, err := p.issuer.publishOnce(ctx, &draft{at: p.at.Unix(), roots: p.roots, keyList: p.signed, carried: p.carried})
	if errors.Is(err, ErrNoKey) {
		return Publication{}, fmt.Errorf("restore: nobody could publish: %w", p.noSnapshotKey())
	}
	if err != nil {
		return Publication{}, fmt.Errorf("restore: %w", err)
	}
	p.askAbandoned(made)
	return made, nil
}

// restoring is the store as it will be, for the publication that makes it so.
type restoring struct {
	Restorer
	plan *RestorePlan
}

func (s *restoring) Published(context.Context) (Publication, error) { return s.plan.former, nil }

// Counter stands above the handles that the renewed holdings will take.
func (s *restoring) Counter(context.Context) (next, ceiling uint64, err error) {
	next = s.plan.r.From + uint64(len(s.plan.r.Renew))
	return next, next, nil
}

func (s *restoring) Lists(ctx context.Context) ([]ListKey, error) {
	stored, err := s.Restorer.Lists(ctx)
	if err != nil {
		return nil, err
	}
	made := s.plan.r.Lists
	all := slices.DeleteFunc(stored, func(k ListKey) bool {
		return slices.ContainsFunc(made, func(m ListKey) bool { return m.Purpose == k.Purpose && m.Day == k.Day })
	})
	all = append(all, made...)
	slices.SortFunc(all, func(a, b ListKey) int { return cmp.Or(cmp.Compare(a.Purpose, b.Purpose), cmp.Compare(a.Day, b.Day)) })
	return all, nil
}

func (s *restoring) AddList(_ context.Context, k ListKey) (ListKey, error) {
	s.plan.r.Lists = append(s.plan.r.Lists, k)
	return k, nil
}

func (s *restoring) Revocations(ctx context.Context, yield func(Revocation) error) error {
	if err := s.Restorer.Revocations(ctx, yield); err != nil {
		return err
	}
	r := &s.plan.r
	for _, v := range r.Revoked {
		if err := yield(v); err != nil {
			return err
		}
	}
	for _, h := range r.Renew {
		if err := yield(Revocation{Purpose: h.Purpose, Handle: h.Handle, Since: h.Since, At: max(r.At, h.Since)}); err != nil {
			return err
		}
	}
	for _, purpose := range coded {
		for handle := r.Next; handle < r.From; handle++ {
			if err := yield(Revocation{Purpose: purpose, Handle: handle, Since: r.Since, At: max(r.At, r.Since)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Publish writes everything at once.
func (s *restoring) Publish(ctx context.Context, _ uint64, p Publication) error {
	s.plan.r.Publication = p
	return s.Restorer.Restore(ctx, s.plan.r)
}
