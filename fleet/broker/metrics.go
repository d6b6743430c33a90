package broker

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mallette-kit/mallette/fleet/wire"
)

type metrics struct {
	messages *prometheus.CounterVec
	seconds  prometheus.Histogram
	refused  *prometheus.CounterVec
	pushed   *prometheus.CounterVec
}

func newMetrics() *metrics {
	return &metrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kit_broker_messages_total", Help: "Messages from stations, by kind and outcome.",
		}, []string{"kind", "outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "kit_broker_receive_seconds", Help: "Time from a message's arrival to its commit.",
			Buckets: []float64{.001, .003, .01, .03, .1, .3, 1, 3, 10},
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kit_broker_refused_total", Help: "Connections and packets turned away, by reason.",
		}, []string{"reason"}),
		pushed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kit_broker_pushed_total", Help: "Messages to stations, by kind.",
		}, []string{"kind"}),
	}
}

func (m *metrics) received(kind wire.Kind, err error, took time.Duration) {
	outcome := "stored"
	if err != nil {
		outcome = "failed"
	}
	m.messages.WithLabelValues(string(kind), outcome).Inc()
	m.seconds.Observe(took.Seconds())
}

var connections = prometheus.NewDesc("kit_broker_stations", "Stations connected.", nil, nil)

// Describe implements [prometheus.Collector].
func (b *Broker) Describe(ch chan<- *prometheus.Desc) {
	ch <- connections
	for _, c := range b.metrics.all() {
		c.Describe(ch)
	}
}

// Collect implements [prometheus.Collector].
func (b *Broker) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.MustNewConstMetric(connections, prometheus.GaugeValue, float64(b.Connected()))
	for _, c := range b.metrics.all() {
		c.Collect(ch)
	}
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.messages, m.seconds, m.refused, m.pushed}
}
