import Foundation
import WireFormats

/// CSV as people open it: with a byte order mark, without which spreadsheets take UTF-8 for something else; headers in
/// their language; times that spreadsheets know for such; and no text that they would run as a formula.
///
/// Source for formulas: OWASP, CSV Injection.
enum Spreadsheet: String, CaseIterable, Sendable {
  case english = "en"
  case chinese = "zh"

  private static let byteOrderMark = "\u{FEFF}"

  /// The first line, without its end.
  func header(_ columns: [String]) -> String {
    Self.byteOrderMark
      + CSVLine.text(
        columns.map { column in
          self == .chinese ? Self.chinese(column) : column
        })
  }

  /// A row, without its line's end.
  func line(_ row: [AnswerValue], _ columns: [String]) -> String {
    CSVLine.text(
      zip(row, columns).map { cell, column in
        guard case .text(let text) = cell else { return cell.csvText }
        if Self.times.contains(column), text.count > 19 { return String(text.prefix(19)).replacing("T", with: " ") }
        return text.unicodeScalars.first.map(Self.formulas.contains) == true ? "'\(text)" : text
      })
  }

  /// What a formula begins with, wide forms too.
  private static let formulas: Set<Unicode.Scalar> = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]

  private static let times: Set<String> = [
    "start", "time", "received_at", "first_seen_at", "last_received_at", "listed_at", "offset.start",
    "begun_at", "ended_at",
  ]

  /// A column's name; names of tags are their owners', and stay, but for the ones that every city has.
  private static func chinese(_ column: String) -> String {
    for (prefix, word) in [("tag.", "标签."), ("offset.", "对比期.")] where column.hasPrefix(prefix) {
      return word + chinese(String(column.dropFirst(prefix.count)))
    }
    return names[column] ?? column
  }

  private static let names = [
    "metric": "指标", "unit": "单位", "kind": "类型", "device": "设备", "code": "城市部件编码", "name": "名称",
    "profile": "设备模型", "district": "区县", "site": "站点", "line": "产线",
    "start": "开始时间", "time": "时间", "received_at": "接收时间", "value": "值", "quality": "质量", "reason": "原因",
    "count": "个数", "bad_count": "无效个数", "sum": "合计", "min": "最小值", "max": "最大值", "mean": "平均值",
    "stddev": "标准差", "twa": "时间加权平均值", "first": "首值", "last": "末值", "increase": "增量", "rate": "每秒增量",
    "seconds": "各状态秒数", "p50": "50%分位数", "p90": "90%分位数", "p95": "95%分位数", "p99": "99%分位数",
    "completeness": "完整率", "open": "未结束", "revision": "修订号", "inexact": "近似值",
    "first_seen_at": "首次接收时间", "last_received_at": "最近接收时间", "interval_s": "上报间隔(秒)", "metrics": "指标",
    "longitude": "经度", "latitude": "纬度", "listed": "已登记", "listed_at": "登记时间", "devices": "设备数",
    "profiles": "设备模型", "functions": "可用函数", "id": "编号", "detail": "说明", "topic": "主题",
    "payload_bytes": "载荷字节数", "qos": "QoS", "retained": "保留消息",
    "begun_at": "请求时间", "ended_at": "完成时间", "caller": "操作者", "role": "角色", "address": "来源地址", "action": "操作",
    "parameters": "参数", "done": "已执行", "outcome": "结果",
    "kpi": "指标代码", "title_en": "英文名称", "title_zh": "中文名称", "definition_en": "英文定义", "definition_zh": "中文定义",
    "window": "时间窗", "span": "时间跨度", "group_by": "分组", "built_in": "内置", "part": "分子", "whole": "分母",
  ]
}
