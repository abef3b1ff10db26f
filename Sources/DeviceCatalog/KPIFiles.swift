/// The declarations of KPIs that come with the build. What they mean, the gateway knows.
public enum KPIFiles {
  /// By name.
  public static let builtIn = embeddedKPIFiles.map {
    CatalogueFiles.File(name: "Devices/kpis/\($0.name)", text: $0.text, isBuiltIn: true)
  }
}
