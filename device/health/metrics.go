package health

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// scrapeTime bounds one answer; Prometheus itself gives up after ten seconds.
const scrapeTime = 5 * time.Second

// Handler serves the measures at the path it is mounted on, in the text that
// every Prometheus reads: an agent that also spoke the others would be a tenth of
// a megabyte larger. It has a registry of its own: nothing is registered anywhere
// else.
func (s *Station) Handler() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collector{s})
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		families, err := r.Gather()
		if err != nil {
			http.Error(w, "not measured", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		for _, f := range families {
			if _, err := expfmt.MetricFamilyToText(w, f); err != nil {
				return // who asked has gone
			}
		}
	})
}

// collector measures at each scrape.
type collector struct{ s *Station }

// Describe implements [prometheus.Collector]: what there is depends on the
// machine, so nothing is promised.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (c collector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	t, box := c.s.measure(ctx)
	g := gauges{out}
	g.set("kit_build_info", "The program that measures.", 1, "version", c.s.Version)
	g.set("kit_uptime_seconds", "Time since the machine started.", float64(t.UptimeSeconds))
	g.set("kit_outbox_messages", "Records and counters that the fleet has not stored yet.", float64(t.OutboxPending))
	g.set("kit_outbox_oldest_seconds", "For how long the oldest of them has waited.", float64(t.OutboxOldest))
	g.set("kit_outbox_aside", "Outboxes set aside as damaged or of an earlier identity.", float64(box.Aside))
	g.host(t)
	g.board(t)
	g.lists(t)
	if c.s.Link != nil {
		g.link(c.s.Link())
	}
}

// gauges sends metrics with at most one label.
type gauges struct{ out chan<- prometheus.Metric }

func (g gauges) set(name, help string, value float64, label ...string) {
	var names, values []string
	if len(label) == 2 {
		names, values = label[:1], label[1:]
	}
	g.out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), prometheus.GaugeValue, value, values...)
}

// some sets a metric only when it was measured.
func (g gauges) some(name, help string, value float64) {
	if value != 0 {
		g.set(name, help, value)
	}
}

func (g gauges) host(t wire.Telemetry) {
	g.some("kit_memory_total_bytes", "Memory of the machine.", float64(t.MemoryTotal))
	g.some("kit_memory_free_bytes", "Memory that programs can still get.", float64(t.MemoryFree))
	g.some("kit_disk_total_bytes", "Size of the data disk.", float64(t.DiskTotal))
	g.some("kit_disk_free_bytes", "Free space of the data disk.", float64(t.DiskFree))
	g.set("kit_load1", "Runnable processes, mean of one minute.", t.Load1)
	for _, q := range []pass.Quality{pass.ClockNTP, pass.ClockMediator, pass.ClockRTC, pass.ClockUnset} {
		g.set("kit_clock_quality", "1 for where the time comes from.", truth(t.Clock == q), "quality", string(q))
	}
}

func (g gauges) board(t wire.Telemetry) {
	g.some("kit_temperature_celsius", "Temperature of the processor.", t.Celsius)
	g.set("kit_undervoltage", "1 while the power supply is too weak.", truth(t.Undervoltage))
	if t.BatteryPercent != nil {
		g.set("kit_battery_ratio", "Charge of the battery.", float64(*t.BatteryPercent)/100)
		g.set("kit_battery_discharging", "1 while the machine runs on its battery.", truth(t.OnBattery))
	}
	if t.BatteryWear != nil {
		g.set("kit_battery_wear_ratio", "Capacity that the battery has lost since new.", float64(*t.BatteryWear)/100)
	}
}

func (g gauges) lists(t wire.Telemetry) {
	for _, r := range t.Readers {
		g.set("kit_reader_present", "1 for each reader of passes that is there.", 1, "reader", r)
	}
	for _, p := range t.Problems {
		g.set("kit_problem", "1 for each thing that is wrong.", 1, "problem", p)
	}
}

func (g gauges) link(l Link) {
	g.set("kit_uplink_connected", "1 while the station is connected to its fleet.", truth(l.Online))
	if !l.LastSync.IsZero() {
		g.set("kit_uplink_last_sync_timestamp_seconds", "When the fleet last said what it has stored.", float64(l.LastSync.Unix()))
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
