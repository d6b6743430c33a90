package uplink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

const stateKind = wire.KindState

var errTimeout = errors.New("no answer in time")

// session is one connection, from CONNACK to its loss. One goroutine serves it.
type session struct {
	*Uplink
	client paho.Client
	conn   net.Conn // set by the time the library has connected
	number uint64
	down   chan downMessage
	lost   chan error
	closed chan struct{}
	dirty  bool // the outbox has changed since it was last read

	epoch      string                // of the first ack in this session
	sent       map[pass.LogID]cursor // how far this session has sent
	resendAt   time.Time
	resend     time.Duration
	reported   wire.Reported // as last published
	reportedAt time.Time
	held       *wire.Job // waits until somebody knows the time
	telemetry  *time.Timer
}

type downMessage struct {
	kind    wire.Kind
	payload []byte
}

// connect opens a session by one way: connection, subscription, presence, hello.
func (u *Uplink) connect(ctx context.Context, way Way) (*session, error) {
	now, q := u.cfg.Clock.Now()
	number, err := u.store.nextSession(u.cfg.Incarnation, now, q)
	if err != nil {
		u.log.Warn("session number not kept", "err", err) // at worst presence is wrong for a while
	}
	will, err := wire.Encode(&wire.State{Online: false, Session: number})
	if err != nil {
		return nil, err
	}
	s := &session{Uplink: u, number: number, down: make(chan downMessage, 16), lost: make(chan error, 1), closed: make(chan struct{}),
		sent: map[pass.LogID]cursor{}, resend: u.cfg.Timing.Resend}
	o := u.options(will)
	o.SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) { return s.dialTimed(ctx, way) })
	o.SetConnectionLostHandler(func(_ paho.Client, err error) { s.lost <- err })
	o.SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) { s.receive(m) })
	s.client = paho.NewClient(o)
	if err := s.open(ctx); err != nil {
		s.leave() // presence may have been told already
		s.client.Disconnect(0)
		return nil, fmt.Errorf("connect by %s: %w", way, err)
	}
	u.change(func(st *Status) { st.Online, st.Way = true, way })
	u.log.Info("fleet connected", "way", way)
	return s, nil
}

// dialTimed bounds everything up to the server's first answer, which the
// library would await for ever; open takes the bound away.
func (s *session) dialTimed(ctx context.Context, way Way) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timing.Connect)
	defer cancel()
	conn, err := s.dial(ctx, way)
	if err != nil {
		return nil, err
	}
	s.conn = conn
	return conn, conn.SetDeadline(time.Now().Add(s.cfg.Timing.Connect))
}

func (s *session) open(ctx context.Context) error {
	if err := s.wait(ctx, s.client.Connect()); err != nil {
		return err
	}
	if err := s.conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	if err := s.subscribe(ctx); err != nil {
		return err
	}
	if err := s.publish(ctx, stateKind, true, &wire.State{Online: true, Session: s.number}); err != nil {
		return err
	}
	return s.hello(ctx)
}

// subscribe reads the broker's answer itself: the library's Error is nil when
// a subscription was refused.
func (s *session) subscribe(ctx context.Context) error {
	filter := wire.DownFilter(s.cfg.Tenant, s.cfg.Station)
	token := s.client.Subscribe(filter, 1, nil)
	if err := s.wait(ctx, token); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	granted, ok := token.(*paho.SubscribeToken)
	if !ok || granted.Result()[filter] > 1 {
		return errors.New("subscribe: refused by the server")
	}
	return nil
}

// receive hands a message over. The library calls it on a goroutine of its own.
func (s *session) receive(m paho.Message) {
	topic, err := wire.ParseTopic(m.Topic())
	if err != nil || topic.Up || topic.Tenant != s.cfg.Tenant || topic.Station != s.cfg.Station {
		s.log.Warn("message on a foreign topic dropped")
		return
	}
	t := time.NewTimer(s.cfg.Timing.Connect)
	defer t.Stop()
	select {
	case s.down <- downMessage{topic.Kind, m.Payload()}:
	case <-t.C:
		s.log.Warn("message dropped", "kind", topic.Kind)
	case <-s.closed:
	}
}

// serve works until the connection is lost or ctx is done.
func (s *session) serve(ctx context.Context) error {
	defer s.end(ctx)
	poll := time.NewTicker(s.cfg.Timing.Poll)
	defer poll.Stop()
	s.telemetry = time.NewTimer(0)
	defer s.telemetry.Stop()
	if err := s.tellUnsaid(ctx); err != nil {
		return err
	}
	if err := s.look(ctx, true); err != nil {
		return err
	}
	for {
		if err := s.step(ctx, poll.C); err != nil {
			return err
		}
	}
}

// step handles one event.
func (s *session) step(ctx context.Context, poll <-chan time.Time) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-s.lost:
		return fmt.Errorf("connection lost: %w", err)
	case m := <-s.down:
		return s.handle(ctx, m)
	case r := <-s.done:
		return s.finishJob(ctx, r)
	case <-s.kick:
		return s.look(ctx, true)
	case <-poll:
		return s.look(ctx, false)
	case <-s.telemetry.C:
		s.telemetry.Reset(s.telemetryEvery())
		sample := s.cfg.Telemetry(ctx)
		return s.publish(ctx, wire.KindTelemetry, false, &sample)
	}
}

// look sends what is new.
func (s *session) look(ctx context.Context, force bool) error {
	if err := s.report(ctx); err != nil {
		return err
	}
	if s.cfg.Outbox.Changed() || s.resendDue() || force {
		s.dirty = true
	}
	if !s.dirty {
		return nil
	}
	s.dirty = false
	return s.flush(ctx)
}

func (s *session) telemetryEvery() time.Duration {
	seconds := s.store.desired.TelemetrySeconds
	if seconds <= 0 {
		seconds = 900
	}
	return time.Duration(min(max(seconds, 10), 86400)) * time.Second
}

// report publishes the reported state when it has changed.
func (s *session) report(ctx context.Context) error {
	r := s.cfg.Reported()
	status := s.Status()
	r.Version, r.Refused = status.Desired, append(r.Refused, status.Refused...)
	r.Refused = r.Refused[:min(len(r.Refused), 32)]
	if reflect.DeepEqual(r, s.reported) || s.tooSoon(r) {
		return nil
	}
	if err := s.publish(ctx, wire.KindReported, false, &r); err != nil {
		return err
	}
	s.reported, s.reportedAt = r, time.Now()
	return nil
}

// meanwhile is how often a fleet is told how many bytes of a release have come.
const meanwhile = 30 * time.Second

// tooSoon reports whether nothing but the progress of a fetch is new, and that
// was told a moment ago.
func (s *session) tooSoon(r wire.Reported) bool {
	before := s.reported.Base
	if r.Base == nil || before == nil || time.Since(s.reportedAt) >= meanwhile {
		return false
	}
	same := *r.Base
	same.Done, same.Total, same.Traffic = before.Done, before.Total, before.Traffic
	if r.Base.State != wire.BaseFetching {
		return false
	}
	r.Base = &same
	return reflect.DeepEqual(r, s.reported)
}

// leave says that the station goes on purpose; nobody waits for the answer.
func (s *session) leave() {
	if !s.client.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := s.publish(ctx, stateKind, true, &wire.State{Online: false, Session: s.number}); err != nil {
		s.log.Info("fleet not told of the end", "err", err)
	}
}

func (s *session) end(ctx context.Context) {
	if ctx.Err() != nil {
		s.leave()
	}
	close(s.closed)
	s.client.Disconnect(100)
	s.change(func(st *Status) { st.Online = false })
}

func (u *Uplink) upTopic(kind wire.Kind) string {
	return wire.Up(u.cfg.Tenant, u.cfg.Station, kind)
}

// publish sends m and waits until the server has answered for it.
func (s *session) publish(ctx context.Context, kind wire.Kind, retained bool, m wire.Message) error {
	token, err := s.send(s.upTopic(kind), retained, m)
	if err != nil {
		return err
	}
	return s.wait(ctx, token)
}

func (s *session) send(topic string, retained bool, m wire.Message) (paho.Token, error) {
	payload, err := wire.Encode(m)
	if err != nil {
		return nil, err
	}
	return s.client.Publish(topic, 1, retained, payload), nil
}

// wait ends when the server has answered, when it is too late, or when ctx is done.
func (s *session) wait(ctx context.Context, token paho.Token) error {
	t := time.NewTimer(s.cfg.Timing.Connect)
	defer t.Stop()
	select {
	case <-token.Done():
		return token.Error()
	case <-t.C:
		return errTimeout
	case <-ctx.Done():
		return ctx.Err()
	}
}
