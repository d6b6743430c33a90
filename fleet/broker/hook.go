package broker

import (
	"context"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// hook is what mochi-mqtt calls. It is the only place that knows that library's
// rules: an ordinary error from OnPublish would fall through to a PUBACK, and
// a will is a matter of OnDisconnect because OnPublish never sees it.
type hook struct {
	mqtt.HookBase
	broker *Broker
}

// ID implements mqtt.Hook.
func (h *hook) ID() string { return "fleet" }

// Provides implements mqtt.Hook.
func (h *hook) Provides(b byte) bool {
	switch b {
	case mqtt.OnConnect, mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnPacketRead, mqtt.OnPublish,
		mqtt.OnPacketProcessed, mqtt.OnPublishDropped, mqtt.OnDisconnect:
		return true
	}
	return false
}

// OnConnect bounds the silence allowed to a client: a half-open connection
// must end, also for a client that asked for no keep-alive.
func (h *hook) OnConnect(cl *mqtt.Client, pk packets.Packet) error {
	if pk.ProtocolVersion != 4 {
		h.broker.refuse("protocol")
		return packets.ErrUnsupportedProtocolVersion
	}
	most := uint16(h.broker.config.MaxKeepalive / time.Second)
	if cl.State.Keepalive == 0 || cl.State.Keepalive > most {
		cl.State.Keepalive = most
	}
	return nil
}

// OnConnectAuthenticate admits a client whose id is its certificate's station
// and remembers its will, if it is about its own state.
func (h *hook) OnConnectAuthenticate(cl *mqtt.Client, pk packets.Packet) bool {
	l, ok := cl.Net.Conn.(*link)
	if !ok || cl.ID != string(l.peer.Station) {
		h.broker.refuse("client id")
		return false
	}
	if pk.Connect.WillFlag {
		if pk.Connect.WillTopic != wire.Up(l.peer.Tenant, l.peer.Station, wire.KindState) {
			h.broker.refuse("will", "station", l.peer.Station)
			return false
		}
		l.will = pk.Connect.WillPayload
	}
	// Wills reach the handler by OnDisconnect; without this the library
	// would publish them too.
	cl.Properties.Will = mqtt.Will{}
	return true
}

// OnACLCheck lets a station subscribe below its own d/. What it may publish
// is OnPacketRead's decision: the library would pass over some topics in
// silence and let the station wait for ever.
func (h *hook) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	l, ok := cl.Net.Conn.(*link)
	if !ok {
		return cl.Net.Inline
	}
	if write || topic == wire.DownFilter(l.peer.Tenant, l.peer.Station) || owns(l.peer, topic, false) {
		return true
	}
	h.broker.refuse("topic", "station", l.peer.Station)
	return false
}

func owns(p identity.Peer, topic string, up bool) bool {
	t, err := wire.ParseTopic(topic)
	return err == nil && t.Up == up && t.Tenant == p.Tenant && t.Station == p.Station
}

// OnPacketRead ends the connection of a station that publishes elsewhere than
// below its own u/, or at QoS 2, which the library would answer as if it were
// 1. The library goes on after any other error from here.
func (h *hook) OnPacketRead(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	l, ok := cl.Net.Conn.(*link)
	if !ok || pk.FixedHeader.Type != packets.Publish {
		return pk, nil
	}
	if pk.FixedHeader.Qos > 1 {
		h.broker.refuse("qos", "station", l.peer.Station)
		return pk, packets.ErrRejectPacket
	}
	if !owns(l.peer, pk.TopicName, true) {
		h.broker.refuse("topic", "station", l.peer.Station)
		return pk, packets.ErrRejectPacket
	}
	return pk, nil
}

// OnPublish hands a message to the fleet and answers when it is committed.
func (h *hook) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	l, ok := cl.Net.Conn.(*link)
	if !ok {
		return pk, nil // from Push
	}
	topic, err := wire.ParseTopic(pk.TopicName)
	if err != nil {
		return pk, h.reject(cl, err)
	}
	if err := h.receive(l.peer, topic, pk.Payload); err != nil {
		h.broker.config.Log.Error("message not stored", "station", l.peer.Station, "kind", topic.Kind, "err", err)
		return pk, h.reject(cl, err)
	}
	return pk, packets.CodeSuccessIgnore
}

func (h *hook) receive(peer identity.Peer, topic wire.Topic, payload []byte) error {
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), h.broker.config.ReceiveWithin)
	defer cancel()
	err := h.broker.config.Handler.Receive(ctx, peer, topic, payload)
	h.broker.metrics.received(topic.Kind, err, time.Since(start))
	return err
}

// reject closes the connection first and then asks the library to forget the
// packet: no PUBACK, no log of it.
func (h *hook) reject(cl *mqtt.Client, cause error) error {
	cl.Stop(cause)
	return packets.ErrRejectPacket
}

// OnPacketProcessed says what the fleet has to say after a subscription was
// answered.
func (h *hook) OnPacketProcessed(cl *mqtt.Client, pk packets.Packet, err error) {
	l, ok := cl.Net.Conn.(*link)
	if !ok || err != nil || pk.FixedHeader.Type != packets.Subscribe || len(cl.State.Subscriptions.GetAll()) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), h.broker.config.ReceiveWithin)
	defer cancel()
	err = h.broker.config.Handler.Retained(ctx, l.peer, func(kind wire.Kind, payload []byte) {
		if err := h.broker.Push(l.peer.Tenant, l.peer.Station, kind, payload); err != nil {
			h.broker.config.Log.Warn("retained message not sent", "station", l.peer.Station, "kind", kind, "err", err)
		}
	})
	if err != nil {
		h.broker.config.Log.Error("retained messages not read", "station", l.peer.Station, "err", err)
		cl.Stop(err) // it will connect and ask again
	}
}

// OnPublishDropped ends a connection that does not read: when it comes back
// it is told everything again.
func (h *hook) OnPublishDropped(cl *mqtt.Client, _ packets.Packet) {
	h.broker.metrics.refused.WithLabelValues("slow").Inc()
	cl.Stop(packets.ErrPendingClientWritesExceeded)
}

// OnDisconnect tells the fleet that a station has gone.
func (h *hook) OnDisconnect(cl *mqtt.Client, _ error, _ bool) {
	l, ok := cl.Net.Conn.(*link)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), h.broker.config.ReceiveWithin)
	defer cancel()
	h.broker.config.Handler.Left(ctx, l.peer, l.will)
}
