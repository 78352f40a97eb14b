package server

import (
	"github.com/labstack/echo/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"healthcode.example/verifier"
)

// metrics are counted in a registry of the server's own, so that two servers in one process do not meet.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	verdicts *prometheus.CounterVec
	panics   prometheus.Counter
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "healthcode_requests_total", Help: "Requests by method, route pattern and class of status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "healthcode_request_duration_seconds", Help: "Time from the request's header to the end of the answer.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		}, []string{"method", "route"}),
		verdicts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "healthcode_verdicts_total", Help: "Verdicts by verdict and reason of the protocol's registry.",
		}, []string{"verdict", "reason"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "healthcode_panics_total", Help: "Requests that ended in a panic: each is a fault to be reported.",
		}),
	}
	gauge := func(name, help string, value func(*publication) float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return value(s.published.Load()) })
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "healthcode_build_info", Help: "1, with the version of the service.", ConstLabels: prometheus.Labels{"version": s.config.Version},
	})
	info.Set(1)
	m.registry.MustRegister(m.requests, m.seconds, m.verdicts, m.panics, info, collectors.NewGoCollector(),
		gauge("healthcode_bundle_age_seconds", "Age of the snapshot being served; 0 before the first.", func(p *publication) float64 { return p.age(s.now()).Seconds() }),
		gauge("healthcode_bundle_version", "Version of the snapshot being served; 0 before the first.", func(p *publication) float64 {
			if p.bundle == nil {
				return 0
			}
			return float64(p.bundle.Version())
		}),
	)
	return m
}

// watch makes the counters of a route, so that none has to be looked up for a request.
func (m *metrics) watch(r *route) {
	for class, name := range [...]string{1: "1xx", 2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"} {
		if class == 0 {
			name = "other"
		}
		r.count[class] = m.requests.WithLabelValues(r.method, r.pattern, name)
	}
	r.seconds = m.seconds.WithLabelValues(r.method, r.pattern)
}

func (m *metrics) verdict(r *verifier.Result) {
	m.verdicts.WithLabelValues(r.Verdict.String(), string(r.Reason)).Inc()
}

func (m *metrics) handler() echo.HandlerFunc {
	return echo.WrapHandler(promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
}
