#include "server/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace crossguard::server {

ServiceManager::ServiceManager(std::string socket_path, std::string_view watchdog_usec)
    : socket_path_(std::move(socket_path)) {
  int64_t usec = 0;
  const auto [end, error] = std::from_chars(watchdog_usec.data(), watchdog_usec.data() + watchdog_usec.size(), usec);
  if (error == std::errc() && end == watchdog_usec.data() + watchdog_usec.size() && usec > 0)
    watchdog_micros_ = usec / 2;
}

ServiceManager ServiceManager::FromEnvironment() {
  const char* const path = std::getenv("NOTIFY_SOCKET");
  const char* const usec = std::getenv("WATCHDOG_USEC");
  return {path == nullptr ? "" : path, usec == nullptr ? "" : usec};
}

bool ServiceManager::Say(std::string_view state) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path_.empty() || (socket_path_[0] != '/' && socket_path_[0] != '@') ||
      socket_path_.size() >= sizeof(address.sun_path))
    return false;
  std::memcpy(address.sun_path, socket_path_.data(), socket_path_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = 0;
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_path_.size());
  const ssize_t sent = ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                                reinterpret_cast<const sockaddr*>(&address), size);
  ::close(fd);
  return sent == static_cast<ssize_t>(state.size());
}

}  // namespace crossguard::server
