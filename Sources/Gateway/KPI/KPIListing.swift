extension KPICatalogue {
  /// The table of KPIs as the documentation has it.
  var markdown: String {
    let rows = all.map { kpi in
      "| `\(kpi.name)` | \(kpi.title.en), \(kpi.title.zh) | \(kpi.definition.en) | \(kpi.definition.zh) | `\(kpi.unit)` | "
        + "`\(kpi.window)` of `\(kpi.span.text)`, by \(kpi.groupBy.joined(separator: ", ")) |"
    }
    let head = ["| name | title | what it is | 定义 | unit | where nothing is asked for |", "|---|---|---|---|---|---|"]
    return (head + rows).joined(separator: "\n")
  }
}
