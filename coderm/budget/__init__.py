"""The budget: gain models say what another test is worth, one allocator spends the global budget on the largest gains."""
