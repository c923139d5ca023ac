// Keeps the zygotes alive, one for each family of formats, and numbers their workers. Internal to examine.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "examine/zygote_client.h"

namespace crossguard::examine {

class ZygoteKeeper {
 public:
  // program: that of the pictures; the others stand beside it as program-heif, program-video, program-archives.
  ZygoteKeeper(std::string program, std::unique_ptr<ZygoteClient> pictures) : program_(std::move(program)) {
    zygotes_[0] = std::move(pictures);
  }

  // Started, self-tested, when its first file comes. Errors as ZygoteClient::Start.
  Result<ZygoteClient*> Get(Family family) {
    std::unique_ptr<ZygoteClient>& zygote = At(family);
    if (zygote == nullptr) zygote = TRY(ZygoteClient::Start(ProgramOf(program_, family)));
    return zygote.get();
  }
  // nullptr if no file of the family came yet, or if it is gone.
  ZygoteClient* Started(Family family) const { return zygotes_[static_cast<size_t>(family)].get(); }
  // What the workers of each family took of the processor, as their zygotes told it.
  void Charge(Family family, uint64_t cpu_micros) { cpu_micros_[static_cast<size_t>(family)] += cpu_micros; }
  const std::array<uint64_t, kFamilies>& cpu_micros() const { return cpu_micros_; }
  uint64_t NextId() { return ++last_id_; }  // never repeated, also not across a restart
  Status Restart(Family family) {
    At(family) = nullptr;
    TRY(Get(family));
    return {};
  }

 private:
  static std::string ProgramOf(const std::string& program, Family family) {
    return family == Family::kPictures ? program : program + "-" + std::string(Name(family));
  }
  std::unique_ptr<ZygoteClient>& At(Family family) { return zygotes_[static_cast<size_t>(family)]; }

  std::string program_;
  std::array<std::unique_ptr<ZygoteClient>, kFamilies> zygotes_;
  std::array<uint64_t, kFamilies> cpu_micros_{};
  uint64_t last_id_ = 0;
};

constexpr std::array<Family, kFamilies> kEveryFamily{Family::kPictures, Family::kHeif, Family::kVideo,
                                                     Family::kArchives};

}  // namespace crossguard::examine
