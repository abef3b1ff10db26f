// The one place where libmosquitto's headers enter the project.
#ifndef GANGLION_CMOSQUITTO_SHIM_H
#define GANGLION_CMOSQUITTO_SHIM_H

#include <mosquitto.h>
#include <mqtt_protocol.h>

#endif
