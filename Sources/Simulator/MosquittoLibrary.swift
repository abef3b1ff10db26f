import CMosquitto

/// libmosquitto's set-up, once for all clients of this module: it knows no threads.
enum MosquittoLibrary {
  static let initialized: Bool = mosquitto_lib_init() == MOSQ_ERR_SUCCESS.rawValue
}
