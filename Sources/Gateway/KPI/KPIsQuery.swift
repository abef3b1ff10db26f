/// `GET /api/v1/kpis` and `ganglion query kpis`: the KPIs there are, and what they mean.
struct KPIsQuery {
  static let parameters = [Parameter.format, Parameter.language]

  init(_ parameters: QueryParameters) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
  }

  func answer(_ kpis: KPICatalogue) -> KPIsAnswer { KPIsAnswer(kpis: kpis.all.map(KPIsAnswer.KPI.init)) }
}

/// The answer to `KPIsQuery`, by name.
struct KPIsAnswer: Encodable, JSONWritable {
  struct KPI: Encodable, JSONWritable {
    let kpi: String
    let title: KPIDeclaration.Text
    let definition: KPIDeclaration.Text
    let unit: String
    /// What is answered where nothing else is asked for.
    let window: String
    let span: String
    let groupBy: [String]
    /// False: the user's file declares it.
    let isBuiltIn: Bool

    private enum CodingKeys: String, CodingKey {
      case kpi, title, definition, unit, window, span
      case groupBy = "group_by"
      case isBuiltIn = "built_in"
    }

    init(_ declaration: KPIDeclaration) {
      kpi = declaration.name
      title = declaration.title
      definition = declaration.definition
      unit = declaration.unit
      window = declaration.window
      span = declaration.span.text
      groupBy = declaration.groupBy
      isBuiltIn = declaration.isBuiltIn
    }
  }

  let kpis: [KPI]
}

extension KPIsAnswer: TabularAnswer {
  var items: [KPI] { kpis }

  var columns: [String] {
    [
      "kpi", "title_en", "title_zh", "definition_en", "definition_zh", "unit", "window", "span", "group_by", "built_in",
    ]
  }

  var rows: [[AnswerValue]] {
    kpis.map { kpi in
      [
        .text(kpi.kpi), .text(kpi.title.en), .text(kpi.title.zh), .text(kpi.definition.en), .text(kpi.definition.zh),
        .text(kpi.unit), .text(kpi.window), .text(kpi.span), .text(kpi.groupBy.joined(separator: " ")),
        .bool(kpi.isBuiltIn),
      ]
    }
  }
}
