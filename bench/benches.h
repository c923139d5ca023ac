// One function a bench; each adds its lines to the one table.
#pragma once

#include <string>
#include <vector>

#include "side_by_side.h"

namespace crossguard::bench {

void BenchDigests(SideBySide& table);
void BenchPdq(SideBySide& table);
void BenchJpeg(SideBySide& table);
void BenchFormats(SideBySide& table);
void BenchVideo(SideBySide& table);
void BenchMix(SideBySide& table);
void BenchJail(SideBySide& table);
void BenchSeizure(SideBySide& table);
int RunExamining(const std::vector<std::string>& arguments);  // one side of those two, a program of its own
void BenchHamming(SideBySide& table);
void BenchVault(SideBySide& table);
void BenchAge(SideBySide& table);
void BenchRun(SideBySide& table);

}  // namespace crossguard::bench
