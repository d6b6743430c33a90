package mint

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Document remembers what was last published under a target's name. Digest is
// that of the content without version and time.
type Document struct {
	Target    string
	Version   uint64
	Digest    [sha256.Size]byte
	IssuedAt  time.Time
	Published bool // the publisher has it; false between commit and publication
}

// draft is a document that has no version yet. encode gives it one.
type draft struct {
	target string
	aging  bool // issued again when it gets old
	encode func(version uint64, at time.Time) ([]byte, error)
}

// Publish brings the tenant's published documents up to date: keysets,
// manifests, status lists, cards and the keys of stations. Versions only rise; documents that did
// not change are left alone. A version is kept before it is published, so that
// no power cut makes one version of two contents.
func (m *Mint) Publish(ctx context.Context, tenant wire.Tenant) error {
	m.publishing.Lock()
	defer m.publishing.Unlock()
	drafts, err := m.drafts(ctx, tenant)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	changed, targets, err := m.versioned(ctx, tenant, drafts)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if len(changed) == 0 {
		return nil
	}
	if err := m.Store.SaveMintDocuments(ctx, tenant, changed); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if err := m.Publisher.Publish(tenant, targets); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return m.published(ctx, tenant, changed)
}

func (m *Mint) published(ctx context.Context, tenant wire.Tenant, docs []Document) error {
	for i := range docs {
		docs[i].Published = true
	}
	if err := m.Store.SaveMintDocuments(ctx, tenant, docs); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	m.Log.Info("passes published", "tenant", tenant, "documents", len(docs))
	if m.Published != nil {
		m.Published(ctx, tenant)
	}
	return nil
}

// versioned gives new versions to the drafts whose content differs from what
// is published.
func (m *Mint) versioned(ctx context.Context, tenant wire.Tenant, drafts []draft) ([]Document, map[string][]byte, error) {
	old, err := m.Store.MintDocuments(ctx, tenant)
	if err != nil {
		return nil, nil, err
	}
	var changed []Document
	targets := map[string][]byte{}
	for _, d := range drafts {
		doc, content, err := d.next(old[d.target], m.Now(), m.fresh())
		if err != nil {
			return nil, nil, err
		}
		if content != nil {
			changed, targets[d.target] = append(changed, doc), content
		}
	}
	return changed, targets, nil
}

// next returns nil content when the published document still holds.
func (d draft) next(old Document, now time.Time, fresh time.Duration) (Document, []byte, error) {
	plain, err := d.encode(1, time.Unix(1, 0))
	if err != nil {
		return Document{}, nil, fmt.Errorf("encode document: %w", err)
	}
	digest := sha256.Sum256(plain)
	aged := d.aging && now.Sub(old.IssuedAt) >= fresh
	if old.Published && old.Digest == digest && !aged {
		return old, nil, nil
	}
	doc := Document{Target: d.target, Version: old.Version + 1, Digest: digest, IssuedAt: now}
	content, err := d.encode(doc.Version, now)
	if err != nil {
		return Document{}, nil, fmt.Errorf("encode document: %w", err)
	}
	return doc, content, nil
}

// drafts composes every document of a tenant from what is kept.
func (m *Mint) drafts(ctx context.Context, tenant wire.Tenant) ([]draft, error) {
	cards, err := m.cardsDraft(ctx, tenant)
	if err != nil {
		return nil, err
	}
	stations, err := m.stationsDraft(ctx, tenant)
	if err != nil {
		return nil, err
	}
	drafts := []draft{cards, stations}
	issuers, err := m.Store.Issuers(ctx, tenant)
	if err != nil {
		return nil, err
	}
	for _, i := range issuers {
		d, err := m.keysetDraft(ctx, tenant, i)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, d)
	}
	batches, err := m.Store.Batches(ctx, tenant)
	if err != nil {
		return nil, err
	}
	for _, b := range batches {
		l, err := m.loaded(ctx, tenant, b)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, manifestDraft(tenant, b.Manifest), statusDraft(tenant, l.statuses()))
	}
	return drafts, nil
}

func (m *Mint) keysetDraft(ctx context.Context, tenant wire.Tenant, i Issuer) (draft, error) {
	keys, err := m.Store.MintKeys(ctx, tenant, i.ID)
	if err != nil {
		return draft{}, err
	}
	set := pass.Keyset{Issuer: i.ID, Series: i.Series, Name: i.Name, Keys: public(keys)}
	return draft{target: folder(tenant, i.ID) + "keyset.json", encode: func(version uint64, _ time.Time) ([]byte, error) {
		set.Version = version
		return set.Encode()
	}}, nil
}

func manifestDraft(tenant wire.Tenant, mf pass.Manifest) draft {
	target := fmt.Sprintf("%sbatch-%d.json", folder(tenant, mf.Issuer), mf.Batch)
	return draft{target: target, encode: func(version uint64, _ time.Time) ([]byte, error) {
		mf.Version = version
		return mf.Encode()
	}}
}

func statusDraft(tenant wire.Tenant, list pass.StatusList) draft {
	target := fmt.Sprintf("%sstatus-%d.json", folder(tenant, list.Issuer), list.Batch)
	return draft{target: target, aging: true, encode: func(version uint64, at time.Time) ([]byte, error) {
		list.Version, list.IssuedAt, list.TTL = version, at.Truncate(time.Second), statusTTL
		return list.Encode()
	}}
}

// stationsDraft is by what a station knows a card that another one signed.
func (m *Mint) stationsDraft(ctx context.Context, tenant wire.Tenant) (draft, error) {
	keys, err := m.Store.StationKeys(ctx, tenant)
	if err != nil {
		return draft{}, err
	}
	doc := pass.Stations{Tenant: string(tenant), Keys: keys}
	return draft{target: "tenants/" + string(tenant) + "/stations.json", encode: func(version uint64, _ time.Time) ([]byte, error) {
		doc.Version = version
		return doc.Encode()
	}}, nil
}

func folder(tenant wire.Tenant, issuer pass.Issuer) string {
	return fmt.Sprintf("tenants/%s/issuer-%d/", tenant, issuer)
}

func public(keys []SealedKey) []pass.Key {
	list := make([]pass.Key, len(keys))
	for i, k := range keys {
		list[i] = k.Key
	}
	return list
}
