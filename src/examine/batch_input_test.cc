// The memory of a batch: what its worker may do with it, and what it never sees.
#include "examine/batch_input.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace crossguard::examine {
namespace {

constexpr uint64_t kCapacity = uint64_t{1} << 20;

// What a worker's mapping holds: whole pages from the beginning.
Bytes Seen(const BatchInput& input) {
  Bytes bytes((input.size_bytes() + 4095) / 4096 * 4096);
  EXPECT_EQ(pread(input.fd(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  return bytes;
}

TEST(BatchInput, FilesLieOneBehindTheOther) {
  BatchInputs inputs(kCapacity);
  const auto input = inputs.Take(0).value();
  EXPECT_EQ(input->Append(Bytes(5000, 1)).value(), 0U);
  EXPECT_EQ(input->Append(Bytes(7, 2)).value(), 5000U);
  EXPECT_EQ(input->Append({}).value(), 5007U);
  input->Close();
  EXPECT_EQ(input->size_bytes(), 5007U);
  const Bytes seen = Seen(*input);
  EXPECT_EQ(std::ranges::count(seen, 1), 5000);
  EXPECT_EQ(std::ranges::count(seen, 2), 7);
}

TEST(BatchInput, WhoeverHasItsDescriptorCanOnlyRead) {
  BatchInputs inputs(kCapacity);
  const auto input = inputs.Take(0).value();
  ASSERT_TRUE(input->Append(Bytes(100, 1)).has_value());
  input->Close();
  EXPECT_EQ(pwrite(input->fd(), "x", 1, 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, input->fd(), 0), MAP_FAILED);
  void* const read = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, input->fd(), 0);
  ASSERT_NE(read, MAP_FAILED);
  EXPECT_EQ(mprotect(read, 4096, PROT_READ | PROT_WRITE), -1);
  munmap(read, 4096);
}

TEST(BatchInput, NothingOfAnEarlierBatchIsLeftInTheNext) {
  BatchInputs inputs(kCapacity);
  int fd = -1;
  {
    const auto large = inputs.Take(300'000).value();
    ASSERT_TRUE(large->Append(Bytes(300'000, 0xAB)).has_value());
    large->Close();
    fd = large->fd();
  }
  const auto small = inputs.Take(10).value();
  ASSERT_EQ(small->fd(), fd);  // taken again
  ASSERT_TRUE(small->Append(Bytes(10, 1)).has_value());
  small->Close();
  EXPECT_EQ(std::ranges::count(Seen(*small), 0xAB), 0);
}

TEST(BatchInput, AFileIsWrittenInItsPlace) {
  BatchInputs inputs(kCapacity);
  const auto input = inputs.Take(0).value();
  ASSERT_TRUE(input->Append(Bytes(5000, 1)).has_value());
  const std::span<uint8_t> place = input->Extend(3).value();
  ASSERT_EQ(place.size(), 3U);
  std::ranges::fill(place, uint8_t{7});
  input->Close();
  EXPECT_EQ(Seen(*input)[5000], 7);
  EXPECT_EQ(Seen(*input)[5002], 7);
  EXPECT_EQ(Seen(*input)[5003], 0);
}

// So many large ones as fit in the bound are kept, the smallest that will do is taken again, and none grows in vain.
TEST(BatchInput, WhatIsKeptIsBoundedAndTakenAgainByItsSize) {
  constexpr uint64_t kMiB = uint64_t{1} << 20;
  BatchInputs inputs(BatchInputs::kKeptBytesMax + kMiB);
  const auto held = [&](const std::vector<uint64_t>& sizes) {
    std::vector<std::shared_ptr<BatchInput>> out;
    for (const uint64_t size : sizes) {
      out.push_back(inputs.Take(size).value());
      EXPECT_TRUE(out.back()->Extend(size).has_value());
    }
  };
  held({BatchInputs::kKeptBytesMax + kMiB});
  EXPECT_EQ(inputs.kept_bytes(), 0U);  // too large to be kept
  held({90 * kMiB, 20 * kMiB, 60 * kMiB, kMiB});
  EXPECT_EQ(inputs.kept_bytes(), 171 * kMiB);
  EXPECT_EQ(inputs.Take(50 * kMiB).value()->held_bytes(), 60 * kMiB);
  EXPECT_EQ(inputs.Take(1).value()->held_bytes(), kMiB);
  EXPECT_EQ(inputs.Take(100 * kMiB).value()->held_bytes(), 90 * kMiB);  // and would grow
  held({90 * kMiB, 60 * kMiB, 40 * kMiB, 30 * kMiB});
  EXPECT_LE(inputs.kept_bytes(), BatchInputs::kKeptBytesMax);
  EXPECT_EQ(inputs.Take(61 * kMiB).value()->held_bytes(), 90 * kMiB);
}

// A very large file comes seldom: its memory is not spent on small ones, and goes when others were used since.
TEST(BatchInput, AVeryLargeOneIsNotTakenForSmallFilesAndWhatLayThereLongestGoes) {
  constexpr uint64_t kMiB = uint64_t{1} << 20;
  BatchInputs inputs(BatchInputs::kKeptBytesMax);
  const auto use = [&](uint64_t size) {
    const auto input = inputs.Take(size).value();
    const uint64_t held = input->held_bytes();
    EXPECT_TRUE(input->Extend(size).has_value());
    return held;
  };
  use(240 * kMiB);
  EXPECT_EQ(use(10 * kMiB), 0U);           // one of its own
  EXPECT_EQ(use(10 * kMiB), 10 * kMiB);    // which is taken again
  EXPECT_EQ(use(240 * kMiB), 240 * kMiB);  // as the large one is
  EXPECT_EQ(inputs.kept_bytes(), 250 * kMiB);
  EXPECT_EQ(use(50 * kMiB), 0U);
  EXPECT_EQ(inputs.kept_bytes(), 50 * kMiB);
  EXPECT_EQ(use(50 * kMiB), 50 * kMiB);
}

TEST(BatchInput, OneIsTakenAgainOnlyWhenNobodyHoldsIt) {
  BatchInputs inputs(kCapacity);
  auto first = inputs.Take(0).value();
  const auto held = first;
  first.reset();
  const auto second = inputs.Take(0).value();
  EXPECT_NE(second->fd(), held->fd());
}

}  // namespace
}  // namespace crossguard::examine
