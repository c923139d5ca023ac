// Keeps one zygote alive and numbers its workers. Internal to examine.
#pragma once

#include <memory>
#include <string>

#include "examine/zygote_client.h"

namespace crossguard::examine {

class ZygoteKeeper {
 public:
  ZygoteKeeper(std::string program, std::unique_ptr<ZygoteClient> zygote)
      : program_(std::move(program)), zygote_(std::move(zygote)) {}
  ZygoteClient& zygote() { return *zygote_; }
  const ZygoteClient& zygote() const { return *zygote_; }
  uint64_t NextId() { return ++last_id_; }  // never repeated, also not across a restart
  Status Restart() {
    zygote_ = TRY(ZygoteClient::Start(program_));
    return {};
  }

 private:
  std::string program_;
  std::unique_ptr<ZygoteClient> zygote_;
  uint64_t last_id_ = 0;
};

}  // namespace crossguard::examine
