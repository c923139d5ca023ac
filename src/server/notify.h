// sd_notify(3): tells the service manager that we are ready, stopping, alive. Its protocol is one datagram and its page
// gives this very code, so libsystemd is not linked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace crossguard::server {

class ServiceManager {
 public:
  // socket_path: $NOTIFY_SOCKET ("@name" is abstract); empty: nobody listens. watchdog_usec: $WATCHDOG_USEC or empty.
  ServiceManager(std::string socket_path, std::string_view watchdog_usec);
  static ServiceManager FromEnvironment();

  // "READY=1", "STOPPING=1", "WATCHDOG=1". Not heard is not an error of ours: false.
  bool Say(std::string_view state) const;
  // Say WATCHDOG=1 this often (half of what the manager waits); 0: it does not wait.
  int64_t watchdog_micros() const { return watchdog_micros_; }

 private:
  std::string socket_path_;
  int64_t watchdog_micros_ = 0;
};

}  // namespace crossguard::server
