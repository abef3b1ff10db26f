@testable import Gateway

/// A KPI of each form, over the metrics of `PipelineHarness.profile`.
enum KPITestCatalogue {
  static let text = """
    kpis:
      - kpi: sum-weight
        \(words(unit: "kg"))
        sum: { metric: weight, fn: sum, unit: kg }
      - kpi: mean-weight
        \(words(unit: "kg"))
        ratio:
          part: { metric: weight, fn: sum, unit: kg, times: 2 }
          whole: [{ metric: weight, fn: count }, { metric: temperature, fn: count }]
      - kpi: time-on
        \(words(unit: "\"%\""))
        time_share: { metric: mode, states: ["ON"] }
      - kpi: warm-devices
        \(words(unit: "\"%\""))
        device_share: { metric: temperature, fn: mean, unit: Cel, at_least: 40 }
      - kpi: listed-on
        \(words(unit: "\"%\""))
        device_share: { metric: mode, fn: last, is: ["ON"], of: listed }
      - kpi: minutes-mild
        \(words(unit: "\"%\""))
        minute_share: { metric: temperature, unit: Cel, within: [10, 80], where: { profile: probe } }
      - kpi: heard
        \(words(unit: "\"%\""))
        heard_share: { where: { profile: probe } }
      - kpi: complete
        \(words(unit: "\"%\""))
        completeness: { where: { profile: [probe] } }
    """

  /// What every declaration has, but for its form.
  static func words(unit: String) -> String {
    "title: { en: Test, zh: 测试 }\n    definition: { en: One ÷ another., zh: 甲 ÷ 乙。 }\n    "
      + "unit: \(unit)\n    window: 15m\n    span: 1h\n    group_by: [site]"
  }

  static let kpis: KPICatalogue = {
    do { return try KPICatalogue.builtIn.adding(text, file: "kpis.yaml") } catch { fatalError("\(error)") }
  }()
}
