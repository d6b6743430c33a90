package zim

import (
	"cmp"
	"context"
	"crypto/md5"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Verify holds the whole file to the checksum at its end.
func (z *File) Verify(ctx context.Context) error {
	sum := md5.New()
	in := io.NewSectionReader(z.r, 0, z.head.checksum)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.CopyN(sum, in, 8<<20)
		if err != nil && err != io.EOF {
			return fmt.Errorf("read zim: %w", err)
		}
		if n == 0 {
			break
		}
	}
	want, err := z.at(z.head.checksum, sumSize)
	if err != nil {
		return err
	}
	if string(sum.Sum(nil)) != string(want) {
		return ErrDamaged
	}
	return nil
}

// Entries reads every entry. A file whose entries are not in the order that
// looking them up relies on is refused.
func (z *File) Entries(ctx context.Context) ([]Entry, error) {
	var all []Entry
	for i := range z.Len() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e, err := z.Entry(i)
		if err != nil {
			return nil, err
		}
		if i > 0 && follows(all[i-1], e) <= 0 {
			return nil, fmt.Errorf("order of entries: %w", ErrFormat)
		}
		all = append(all, e)
	}
	return all, nil
}

func follows(a, b Entry) int {
	return cmp.Or(cmp.Compare(b.Namespace, a.Namespace), strings.Compare(b.Path, a.Path))
}

// Walk gives the content of entries to see, in the order that reads each
// cluster once. Redirects are left out. The first error ends it.
func (z *File) Walk(ctx context.Context, entries []Entry, see func(e Entry, content io.Reader, size int64) error) error {
	list := slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return e.Redirect })
	slices.SortFunc(list, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.cluster, b.cluster), cmp.Compare(a.blob, b.blob), cmp.Compare(a.Index, b.Index))
	})
	for _, e := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		content, size, err := z.Content(e)
		if err != nil {
			return err
		}
		if err := see(e, content, size); err != nil {
			return err
		}
	}
	return nil
}

// maxMeta bounds one sentence that a file says of itself.
const maxMeta = 64 << 10

// Metadata is what the file says of itself under a name such as "Title",
// "Creator" or "License"; "" when it says nothing.
func (z *File) Metadata(name string) (string, error) {
	e, err := z.Find('M', name)
	if err != nil {
		return "", nil
	}
	if e, err = z.Follow(e); err != nil {
		return "", err
	}
	content, size, err := z.Content(e)
	if err != nil {
		return "", err
	}
	if size > maxMeta {
		return "", fmt.Errorf("metadata: %w", ErrTooLarge)
	}
	raw, err := io.ReadAll(content)
	if err != nil {
		return "", fmt.Errorf("metadata: %w", ErrCut)
	}
	return strings.TrimSpace(strings.ToValidUTF8(string(raw), "\uFFFD")), nil
}
