// The memory of a batch: what its worker may do with it, and what it never sees.
#include "examine/batch_input.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace crossguard::examine {
namespace {

constexpr uint64_t kCapacity = uint64_t{1} << 20;

uint64_t SizeOf(const BatchInput& input) {
  struct stat file{};
  EXPECT_EQ(fstat(input.fd(), &file), 0);
  return static_cast<uint64_t>(file.st_size);
}

Bytes Seen(const BatchInput& input) {
  Bytes bytes(SizeOf(input));
  EXPECT_EQ(pread(input.fd(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  return bytes;
}

TEST(BatchInput, FilesLieOneBehindTheOther) {
  BatchInputs inputs(kCapacity);
  const auto input = inputs.Take(0).value();
  EXPECT_EQ(input->Append(Bytes(5000, 1)).value(), 0U);
  EXPECT_EQ(input->Append(Bytes(7, 2)).value(), 5000U);
  EXPECT_EQ(input->Append({}).value(), 5007U);
  ASSERT_TRUE(input->Close().has_value());
  EXPECT_EQ(input->size_bytes(), 5007U);
  const Bytes seen = Seen(*input);
  EXPECT_EQ(std::ranges::count(seen, 1), 5000);
  EXPECT_EQ(std::ranges::count(seen, 2), 7);
}

TEST(BatchInput, WhoeverHasItsDescriptorCanOnlyRead) {
  BatchInputs inputs(kCapacity);
  const auto input = inputs.Take(0).value();
  ASSERT_TRUE(input->Append(Bytes(100, 1)).has_value());
  ASSERT_TRUE(input->Close().has_value());
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
    ASSERT_TRUE(large->Close().has_value());
    fd = large->fd();
  }
  const auto small = inputs.Take(10).value();
  ASSERT_EQ(small->fd(), fd);  // taken again
  ASSERT_TRUE(small->Append(Bytes(10, 1)).has_value());
  ASSERT_TRUE(small->Close().has_value());
  EXPECT_EQ(SizeOf(*small), 4096U);  // behind that a mapping has nothing
  EXPECT_EQ(std::ranges::count(Seen(*small), 0xAB), 0);
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
