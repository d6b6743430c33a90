package uplink

import (
	"context"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// maxAside is how many logs set aside a hello may name.
const maxAside = 16

// hello says who is there, before anything else.
func (s *session) hello(ctx context.Context) error {
	h := s.cfg.Hello()
	h.Wire, h.Incarnation = wire.Version, s.cfg.Incarnation
	h.Log, h.Aside = s.logs(ctx)
	return s.publish(ctx, wire.KindHello, false, &h)
}

func (s *session) logs(ctx context.Context) (current pass.LogID, aside []pass.LogID) {
	l, others, err := s.cfg.Outbox.Open(ctx)
	if err != nil {
		s.log.Warn("outbox not read", "err", err)
		return pass.LogID{}, nil
	}
	defer closeAll(l, others)
	if l != nil {
		current, _ = l.Log(ctx) // zero when unreadable: the flush says so
	}
	for _, o := range others {
		if id, err := o.Log(ctx); err == nil && len(aside) < maxAside {
			aside = append(aside, id)
		}
	}
	return current, aside
}
