import Glibc
import Telemetry

/// What OpenSSL has against the broker's certificate.
///
/// libmosquitto says only that it was not verified, but hands its TLS connection out. OpenSSL is in the process with it;
/// what is needed of it is looked up there, so that nothing more has to be installed or linked. Without it nothing is
/// known.
enum CertificateProblem {
  private typealias VerifyResult = @convention(c) (UnsafeRawPointer) -> Int
  private typealias VerifyWords = @convention(c) (Int) -> UnsafePointer<CChar>?
  private typealias Part = @convention(c) (UnsafeRawPointer) -> UnsafeRawPointer?
  private typealias Element = @convention(c) (UnsafeRawPointer, Int32) -> UnsafeRawPointer?
  private typealias ToCalendar = @convention(c) (UnsafeRawPointer, UnsafeMutablePointer<tm>) -> Int32

  /// In words; nil where the certificate is not what went wrong.
  ///
  /// - Parameter connection: OpenSSL's `SSL`, during the handshake.
  static func sentence(_ connection: UnsafeRawPointer?) -> String? {
    guard let connection, let result = function("SSL_get_verify_result", VerifyResult.self)?(connection) else {
      return nil
    }
    // Source: openssl/x509_vfy.h.
    switch result {
    case 0: return nil
    // libmosquitto's own check gives no reason.
    case 1: return "the broker's certificate is for another host than mqtt.url names"
    case 9:
      let from = dates(connection, "X509_get0_notBefore").max().map { " on \(text($0))" } ?? " later"
      return "the broker's certificate becomes valid only\(from): is the clock of this machine right?"
    case 10:
      let at = dates(connection, "X509_get0_notAfter").min().map { " on \(text($0))" } ?? ""
      return "the broker's certificate expired\(at); the broker needs a new one"
    default:
      let words = function("X509_verify_cert_error_string", VerifyWords.self)?(result).map { String(cString: $0) }
      return
        "the broker's certificate is not accepted: \(words ?? "reason \(result)"); mqtt.ca_file names who may sign it"
    }
  }

  /// A date of each certificate from the broker's up to the authority's, as far as they were looked at. The earliest end
  /// is that of the one which expired first.
  private static func dates(_ connection: UnsafeRawPointer, _ name: String) -> [Int64] {
    guard let chain = function("SSL_get0_verified_chain", Part.self)?(connection),
      let element = function("OPENSSL_sk_value", Element.self), let date = function(name, Part.self),
      let toCalendar = function("ASN1_TIME_to_tm", ToCalendar.self)
    else { return [] }
    var dates: [Int64] = []
    while let certificate = element(chain, Int32(dates.count)), let time = date(certificate) {
      var calendar = tm()
      guard toCalendar(time, &calendar) == 1 else { break }
      dates.append(Int64(timegm(&calendar)))
    }
    return dates
  }

  private static func text(_ second: Int64) -> String { CivilTime(Timestamp(seconds: second), zoneOffset: 0).text }

  private static func function<Function>(_ name: String, _: Function.Type) -> Function? {
    // RTLD_DEFAULT
    dlsym(nil, name).map { unsafeBitCast($0, to: Function.self) }
  }
}
