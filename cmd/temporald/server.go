package main

import (
	"fmt"
	"net/url"
	"time"

	"go.temporal.io/server/common/auth"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
)

// self is where the services find each other: they are one process.
const self = "127.0.0.1"

// server is the server's static configuration.
func (f *Flags) server(pg *url.URL) *config.Config {
	frontend := fmt.Sprintf("%s:%d", self, f.Port)
	c := &config.Config{
		Global: config.Global{Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: self}},
		Persistence: config.Persistence{
			DefaultStore: "default", VisibilityStore: "visibility", NumHistoryShards: f.Shards,
			DataStores: map[string]config.DataStore{
				"default":    {SQL: store(pg, f.DB)},
				"visibility": {SQL: store(pg, f.VisibilityDB)},
			},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10, MasterClusterName: "active", CurrentClusterName: "active",
			ClusterInformation: map[string]cluster.ClusterInformation{
				"active": {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            map[string]config.Service{},
		PublicClient:        config.PublicClient{HostPort: frontend},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: "disabled"},
			Visibility: config.VisibilityArchival{State: "disabled"},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
		}},
	}
	if f.Metrics != "" {
		c.Global.Metrics = &metrics.Config{Prometheus: &metrics.PrometheusConfig{Framework: metrics.FrameworkOpentelemetry, ListenAddress: f.Metrics}}
	}
	for i, name := range []string{"frontend", "history", "matching", "worker"} {
		c.Services[name] = config.Service{RPC: config.RPC{
			GRPCPort: f.Port + 2*i, MembershipPort: f.Port + 2*i + 1, BindOnIP: f.Bind,
		}}
	}
	return c
}

// store is one database on the server pg.
func store(pg *url.URL, database string) *config.SQL {
	password, _ := pg.User.Password()
	c := &config.SQL{
		PluginName: postgresql.PluginNamePGX, DatabaseName: database, ConnectAddr: pg.Host, ConnectProtocol: "tcp",
		User: pg.User.Username(), Password: password,
		MaxConns: 20, MaxIdleConns: 20, MaxConnLifetime: time.Hour,
	}
	if mode := pg.Query().Get("sslmode"); mode == "require" || mode == "verify-ca" || mode == "verify-full" {
		c.TLS = &auth.TLS{Enabled: true, EnableHostVerification: mode != "require", CaFile: pg.Query().Get("sslrootcert")}
	}
	return c
}

// limits is the server's dynamic configuration. Its own limits protect a shared cluster
// from one of many tenants; here there is one, on a machine of its own.
func (f *Flags) limits() dynamicconfig.StaticClient {
	const plenty = 20_000
	c := dynamicconfig.StaticClient{}
	for _, key := range []dynamicconfig.Key{
		dynamicconfig.FrontendRPS.Key(),
		dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key(),
		dynamicconfig.HistoryRPS.Key(),
		dynamicconfig.MatchingRPS.Key(),
		dynamicconfig.FrontendPersistenceMaxQPS.Key(),
		dynamicconfig.HistoryPersistenceMaxQPS.Key(),
		dynamicconfig.MatchingPersistenceMaxQPS.Key(),
		dynamicconfig.FrontendMaxConcurrentLongRunningRequestsPerInstance.Key(),
	} {
		set(c, key, plenty)
	}
	// 10 a second would make an operator's list of workflows fail while tests run.
	set(c, dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(), 500)
	// Namespaces are registered one after the other at the start.
	set(c, dynamicconfig.FrontendMaxNamespaceNamespaceReplicationInducingAPIsRPSPerInstance.Key(), 100)
	// A popular case may have many people, payers and sweeps at it at once.
	set(c, dynamicconfig.WorkflowExecutionMaxInFlightUpdates.Key(), 100)
	set(c, dynamicconfig.WorkflowExecutionMaxTotalUpdates.Key(), 10_000)
	// One matching process gains nothing from four partitions but forwarding.
	set(c, dynamicconfig.MatchingNumTaskqueueReadPartitions.Key(), 1)
	set(c, dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(), 1)
	var hurried []dynamicconfig.ConstrainedValue
	for _, name := range f.Hurried {
		hurried = append(hurried, dynamicconfig.ConstrainedValue{Constraints: dynamicconfig.Constraints{Namespace: name}, Value: 1})
	}
	if hurried != nil {
		c[dynamicconfig.HistoryCountSuggestContinueAsNew.Key()] = hurried
	}
	return c
}

func set(c dynamicconfig.StaticClient, key dynamicconfig.Key, value int) {
	c[key] = []dynamicconfig.ConstrainedValue{{Value: value}}
}
