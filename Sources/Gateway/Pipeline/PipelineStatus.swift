import Sparkplug
import Storage
import Telemetry

/// The pipeline at its last checkpoint, for health and metrics.
struct PipelineStatus: Sendable {
  /// The store has no room; the pipeline waits.
  var isDiskFull = false
  var devices = 0
  var series = 0
  var windowsInMemory = 0
  /// Windows that have not ended yet.
  var openWindows = 0
  var samplesInMemory = 0
  /// Ids of messages that are known, and how many went before their time.
  var messageIdentities = 0
  var messageIdentitiesCrowdedOut: Int64 = 0
  var storeUsage = Store.Usage()
  var checkpointTime = Duration.zero
  /// When the store last had everything.
  var checkpointedAt = ContinuousClock.now
  /// Which topics have come since the start.
  var survey = TopicSurvey(filters: [])
  var sparkplug = HostApplication.Status()
}
