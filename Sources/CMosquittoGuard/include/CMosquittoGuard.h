// libmosquitto's client ends the process where it means to log a line without a client to log it for: Debian's 2.0.11
// does so at an MQTT 5 property that it does not know. What a broker sends must not do that.
#ifndef GANGLION_CMOSQUITTOGUARD_H
#define GANGLION_CMOSQUITTOGUARD_H

struct mosquitto;

/// mosquitto_loop_read(3), which then says that the packet is malformed. After that the client can only be destroyed.
int mosquitto_guarded_loop_read(struct mosquitto *client, int packets);

#endif
