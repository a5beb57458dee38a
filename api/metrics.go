package api

import (
	"errors"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.temporal.io/sdk/temporal"
)

// metrics are what an operator watches. A label is a route, a method, a status or a kind,
// never anything of a case.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	stuck    prometheus.Gauge
	doubtful prometheus.Gauge
	lost     prometheus.Gauge
	broken   *prometheus.GaugeVec
	rounds   *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_http_requests_total", Help: "Requests answered.",
		}, []string{"method", "route", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parley_http_request_seconds", Help: "How long requests took.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20},
		}, []string{"method", "route"}),
		stuck: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "parley_cases_stuck", Help: "Open cases without an open task, a running exchange or a timer. Must be 0.",
		}),
		doubtful: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "parley_cases_doubtful", Help: "Cases whose last step nobody has seen answered, at the last sweep.",
		}),
		lost: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "parley_cases_not_running", Help: "Cases open in the database that do not run in Temporal. Must be 0.",
		}),
		broken: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "parley_invariant_violations", Help: "Places where an invariant does not hold, by which and what was found. Must be none.",
		}, []string{"invariant", "found"}),
		rounds: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_keeper_rounds_total", Help: "Rounds of the keeper of the projection, by what it did and whether it went well.",
		}, []string{"what", "result"}),
	}
	m.registry.MustRegister(m.requests, m.took, m.stuck, m.doubtful, m.lost, m.broken, m.rounds,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) served(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.took.WithLabelValues(method, route).Observe(took.Seconds())
}

func (m *metrics) round(what string, err error) {
	result := "ok"
	if err != nil {
		result = "error"
	}
	m.rounds.WithLabelValues(what, result).Inc()
}

// errorText is an error for the log. What a case said may hold health data: only its type
// is told.
func errorText(err error) string {
	var fromCase *temporal.ApplicationError
	if errors.As(err, &fromCase) {
		return "the case answered " + fromCase.Type()
	}
	return err.Error()
}

// origin is where a panic began, outside of this package's own care for it.
func origin() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") {
			return f.Function + ":" + strconv.Itoa(f.Line)
		}
		if !more {
			return "unknown"
		}
	}
}
