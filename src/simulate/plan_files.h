// Private to src/simulate: what lies in the files of a block, once its people and the reports about them are there.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "simulate/plan_video.h"

namespace crossguard::simulate {

// What ties the accounts of one person together.
enum class Tie : uint8_t { kMail, kPhone, kDevice, kConnection, kPayment, kHomeAddress };

struct Person {
  int64_t number = 0;
  const Country* home = nullptr;
  bool minor = false;
  Tie tie = Tie::kMail;
  std::vector<size_t> accounts;
  std::string home_ip;
  uint64_t camera = 0;
};

// Adds files to the reports of a block. All of it must outlive the planner; `random` goes on where it is.
class FilePlanner {
 public:
  FilePlanner(const OperationPlan& plan, Block& block, std::span<const Person> people, SeededRandom& random)
      : plan_(plan), block_(block), people_(people), random_(random), videos_(plan, block.number, random) {}

  // As many as their bytes allow. A clip for which there is not room enough comes with the chance that makes the mean
  // of all blocks right.
  void MakeVideos(double byte_count);
  void MakeFiles(int64_t count);

 private:
  bool Chance(double p) { return random_.Chance(p); }
  uint64_t Below(uint64_t bound) { return random_.Below(bound); }
  PlannedReport& AnyReport();
  void MakeFile(PlannedReport& report, const PlannedContent* video);
  const Person& PersonOf(size_t account) const;
  PlannedContent AnyContent(const Person& person, bool batched);
  PlannedContent Filled(Form form, const Person& person);
  PlannedContent Harmed(PlannedContent out);
  PlannedContent APicture(const Person& person, bool popular);

  const OperationPlan& plan_;
  Block& block_;
  std::span<const Person> people_;
  SeededRandom& random_;
  std::vector<uint64_t> own_bases_;
  VideoChooser videos_;
};

}  // namespace crossguard::simulate
