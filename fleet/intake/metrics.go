package intake

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Metrics counts what is taken in. It is a [prometheus.Collector].
type Metrics struct {
	messages *prometheus.CounterVec
	believed *prometheus.CounterVec
	gaps     prometheus.Gauge
}

// NewMetrics returns metrics at zero.
func NewMetrics() *Metrics {
	return &Metrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kit_intake_messages_total", Help: "Messages committed, by kind and where they went.",
		}, []string{"kind", "outcome"}),
		believed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kit_intake_records_total", Help: "Ledger entries judged, by verdict.",
		}, []string{"verdict"}),
		gaps: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "kit_intake_lasting_gaps", Help: "Logs that have missed entries for too long.",
		}),
	}
}

func (m *Metrics) message(kind wire.Kind, outcome string) {
	m.messages.WithLabelValues(string(kind), outcome).Inc()
}

// Describe implements [prometheus.Collector].
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range m.all() {
		c.Describe(ch)
	}
}

// Collect implements [prometheus.Collector].
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	for _, c := range m.all() {
		c.Collect(ch)
	}
}

func (m *Metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.messages, m.believed, m.gaps}
}
