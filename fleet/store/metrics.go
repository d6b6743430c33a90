package store

import "github.com/prometheus/client_golang/prometheus"

var (
	sizeDesc  = prometheus.NewDesc("kit_store_bytes", "Bytes of the database on the disk.", nil, nil)
	queueDesc = prometheus.NewDesc("kit_store_changes_waiting", "Changes that wait for a commit.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (s *Store) Describe(ch chan<- *prometheus.Desc) {
	ch <- sizeDesc
	ch <- queueDesc
	s.w.metrics.group.Describe(ch)
	s.w.metrics.commits.Describe(ch)
	s.w.metrics.failed.Describe(ch)
}

// Collect implements [prometheus.Collector].
func (s *Store) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.MustNewConstMetric(sizeDesc, prometheus.GaugeValue, float64(s.Size()))
	ch <- prometheus.MustNewConstMetric(queueDesc, prometheus.GaugeValue, float64(len(s.w.queue)))
	s.w.metrics.group.Collect(ch)
	s.w.metrics.commits.Collect(ch)
	s.w.metrics.failed.Collect(ch)
}

type writerMetrics struct {
	group   prometheus.Histogram
	commits prometheus.Histogram
	failed  prometheus.Counter
}

func newWriterMetrics() *writerMetrics {
	return &writerMetrics{
		group: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "kit_store_group_changes", Help: "Changes committed together.", Buckets: []float64{1, 3, 10, 30, 100, 300, 1000},
		}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "kit_store_commit_seconds", Help: "Time of a commit with its sync.", Buckets: []float64{.001, .003, .01, .03, .1, .3, 1, 3},
		}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "kit_store_failed_commits_total", Help: "Groups of changes that could not be committed.",
		}),
	}
}
