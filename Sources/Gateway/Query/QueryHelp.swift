/// What the questions' parameters mean, for the command line.
public enum QueryHelp {
  public static let aggregates = AggregatesQuery.parameters.help
  public static let latest = LatestQuery.parameters.help
  public static let metrics = MetricsQuery.parameters.help
  public static let kpis = KPIsQuery.parameters.help
  public static let kpi = KPIQuery.parameters.help
  public static let alerts = AlertsQuery.parameters.help
  public static let silences = SilencesQuery.parameters.help
}
