"""Mistakes in steps of the ladders, and what comes of each: the tables of chapters 6 and 7, for left_out_test.py."""
import dataclasses

WRONG = "wrong numbers"  # the test's comparison fails
NOTHING = "not found"    # the tests pass, in the usual order and under seeds

STEPS = {  # its source, and the chapter with its table
    "H1": ("cuda/ladder/gemm/hopper/h1_tma_wgmma.cu", "06_gemm"),
    "H2": ("cuda/ladder/gemm/hopper/h2_warp_specialized.cu", "06_gemm"),
    "H3": ("cuda/ladder/gemm/hopper/h3_persistent.cu", "06_gemm"),
    "H4": ("cuda/ladder/gemm/hopper/h4_cluster.cu", "06_gemm"),
}


@dataclasses.dataclass
class Mistake:
    """`name` is the one in the chapter's table. `edits` are pairs: what stands in the step exactly once, and what takes
    its place. `comes` are the words of what comes of it; where the usual order of warps shows nothing,
    {seed: words}."""
    step: str
    name: str
    edits: list
    comes: object
    microscope: bool = False  # `comes` is what the microscope says, not the emulator


def without(text, *, behind="", before=""):
    return [(behind + text + before, behind + before)]


def instead(text, new):
    return [(text, new)]


def swapped(first, second):
    return [(first + second, second + first)]


ENDED = "the block has ended while TMA still writes into its shared memory: nobody waited for the barrier"
WRITTEN_OVER = "TMA is to write over a factor of a wgmma that its warps have not waited for"
ARRIVALS = "mbarrier: more than the 1 arrivals of a phase"
NO_FENCE = "wgmma: no wgmma.fence since the registers of the sums or factors may have been used"
STILL_READ = "the thread has returned without waiting for its TMA stores, which still read shared memory"

WAIT_SUM = "wgmma_wait<0>(sum);\n"
WAIT_EMPTY = "barrier_wait(&shared.empty[ring.stage], ring.parity ^ 1);"
ARRIVE = "if (lane == 0) barrier_arrive(&shared.empty[ring.stage]);\n"
ARRIVE_AT_BOTH = "if (lane < kCluster) barrier_arrive_at(&shared.empty[ring.stage], lane);"

GEMM = [
    Mistake("H1", "no `barrier_wait`", without("barrier_wait(&full, parity);"), ENDED),
    Mistake("H1", "`parity` stays 0", without(", parity ^= 1"), ENDED),
    Mistake("H1", "`barrier_arrive` for `barrier_expect`: no bytes announced",
            instead("barrier_expect(&full, sizeof(Stage))", "barrier_arrive(&full)"), ENDED),
    Mistake("H1", "16 bytes too many announced",
            instead("barrier_expect(&full, sizeof(Stage))", "barrier_expect(&full, sizeof(Stage) + 16)"),
            "deadlock: thread 255 of the block waits in mbarrier wait for parity 0"),
    Mistake("H1", "no `wgmma_fence`", without("wgmma_fence();"), NO_FENCE),
    Mistake("H1", "no `wgmma_wait`", without(WAIT_SUM), "the warp has returned without waiting for its wgmma"),
    Mistake("H1", "no `__syncthreads` at the end of the loop", without("__syncthreads();", behind=WAIT_SUM + "    "),
            {2: WRONG, 1: "deadlock"}),
    Mistake("H1", "no `barriers_ready`", without("barriers_ready();"), NOTHING),
    Mistake("H2", "no wait for `full`", without("barrier_wait(&shared.full[ring.stage], ring.parity);"), ENDED),
    Mistake("H2", "no wait for `empty`", without(WAIT_EMPTY), ARRIVALS),
    Mistake("H2", "no arrival at `empty`", without(ARRIVE), "deadlock"),
    Mistake("H2", "`ring.parity` for `ring.parity ^ 1`", instead("ring.parity ^ 1", "ring.parity"), "deadlock"),
    Mistake("H2", "all lanes arrive at `empty`, not one", without("if (lane == 0) ", before="barrier_arrive"), "deadlock"),
    Mistake("H2", "arrival at `empty` before `wgmma_wait`", swapped(WAIT_SUM, "      " + ARRIVE), {1: WRITTEN_OVER}),
    Mistake("H2", "no `give_registers`", without("give_registers<kProducerRegisters>();"), NOTHING),
    Mistake("H3", "`Ring ring;` inside of the loops over tiles",
            without("  Ring ring;\n") + instead("column(tile);\n        for", "column(tile);\n        Ring ring;\n        for") +
            instead("      float sum[", "      Ring ring;\n      float sum["), ARRIVALS),
    Mistake("H4", "`empty` counts the consumers of its own block only",
            without("kCluster * ", before="kConsumers * 4"), ARRIVALS),
    Mistake("H4", "one lane arrives, at the `empty` of its own block",
            instead(ARRIVE_AT_BOTH, "if (lane == 0) barrier_arrive(&shared.empty[ring.stage]);"), "deadlock"),
    Mistake("H4", "two lanes arrive, both at the `empty` of their own block",
            instead(ARRIVE_AT_BOTH, "if (lane < kCluster) barrier_arrive(&shared.empty[ring.stage]);"), {1: WRITTEN_OVER}),
    Mistake("H4", "`__syncthreads` for the first `cluster_sync`",
            instead("cluster_sync();\n\n  Ring", "__syncthreads();\n\n  Ring"),
            {1: "TMA counts bytes at an mbarrier that nobody has initialized"}),
    Mistake("H4", "no `cluster_sync` at the end", without("cluster_sync();", before="  // no block ends"),
            "block 0 of the cluster has ended, and its shared memory with it"),
    Mistake("H4", "no `tma_store_wait_read<1>`", without("if (storer) tma_store_wait_read<1>();"), WRONG),
    Mistake("H4", "no `tma_store_wait_read<0>`", without("if (storer) tma_store_wait_read<0>();"), STILL_READ),
    Mistake("H4", "no `shared_to_async`", without("shared_to_async();"), NOTHING),
]

MISTAKES = GEMM
