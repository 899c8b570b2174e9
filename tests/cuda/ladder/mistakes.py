"""Mistakes in steps of the ladders, and what comes of each: the tables of chapters 6 and 7, for left_out_test.py."""
import dataclasses

WRONG = "wrong numbers"  # the test's comparison fails
NOTHING = "not found"    # the tests pass, in the usual order and under seeds

STEPS = {  # its source, and the chapter with its table
    "H1": ("cuda/ladder/gemm/hopper/h1_tma_wgmma.cu", "06_gemm"),
    "H2": ("cuda/ladder/gemm/hopper/h2_warp_specialized.cu", "06_gemm"),
    "H3": ("cuda/ladder/gemm/hopper/h3_persistent.cu", "06_gemm"),
    "H4": ("cuda/ladder/gemm/hopper/h4_cluster.cu", "06_gemm"),
    "A2": ("cuda/ladder/attention/a2_flash.cu", "07_softmax_attention"),
    "A5": ("cuda/ladder/attention/hopper/a5_wgmma.cu", "07_softmax_attention"),
    "A5b": ("cuda/ladder/attention/hopper/a5_backward.cu", "07_softmax_attention"),
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
RACE = "race between warps of a block: is a __syncthreads() missing?"

WAIT_SUM = "wgmma_wait<0>(sum);\n"
WAIT_EMPTY = "barrier_wait(&shared.empty[ring.stage], ring.parity ^ 1);"
ARRIVE = "if (lane == 0) barrier_arrive(&shared.empty[ring.stage]);\n"
ARRIVE_AT_BOTH = "if (lane < kCluster) barrier_arrive_at(&shared.empty[ring.stage], lane);"
TURN_WAIT = "turn_wait(kTurn + consumer);"
LEAVE_VALUES = "leave(shared.v_empty, values);\n"
WAIT_PRODUCTS = "wgmma_wait<1>(dv);\n      wgmma_wait<1>(dk);\n      wgmma_hold(left_p);\n      wgmma_hold(left_ds);\n      "
OWN_SYNC = "warpgroup_sync(kOwn + consumer);"

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

FUSED = [
    Mistake("A2", "no `__syncthreads` before keys are loaded",
            without("__syncthreads();", before="  // nobody reads the values before"), RACE, microscope=True),
    Mistake("A2", "no `__syncthreads` after keys are loaded",
            without("__syncthreads();", behind="k, key, shape.keys, shape.depth);\n    "), RACE, microscope=True),
    Mistake("A2", "no `__syncthreads` before values are loaded",
            without("__syncthreads();", before="  // nobody reads the keys any more"), RACE, microscope=True),
    Mistake("A2", "no `__syncthreads` after values are loaded",
            without("__syncthreads();", behind="v, key, shape.keys, shape.depth);\n    "), RACE, microscope=True),
    Mistake("A2", "no `sum[i][c] *= shrink`", instead("sum[i][c] *= shrink;", ";"), WRONG),
    Mistake("A2", "`blind` is always false", instead("blind = largest == kNone;", "blind = false;"), WRONG),
]

WARPGROUPS = [
    Mistake("A5", "no wait for `q_full`", without("barrier_wait(&shared.q_full, 0);"), {1: WRONG}),
    Mistake("A5", "no wait for `k_full`", without("barrier_wait(&shared.k_full[keys.stage], keys.parity);"), WRONG),
    Mistake("A5", "no wait for `v_full`", without("barrier_wait(&shared.v_full[values.stage], values.parity);"), ENDED),
    Mistake("A5", "no wait for `k_empty`",
            without("barrier_wait(&shared.k_empty[ring.stage], ring.parity ^ 1);"), ARRIVALS),
    Mistake("A5", "`ring.parity` for `ring.parity ^ 1`, of `k_empty`",
            instead("k_empty[ring.stage], ring.parity ^ 1", "k_empty[ring.stage], ring.parity"), "deadlock"),
    Mistake("A5", "`leave` does not arrive", without("if (lane == 0) barrier_arrive(&empty[ring.stage]);"), "deadlock"),
    Mistake("A5", "`k_empty` counts the warps of one consumer",
            without("kConsumers * ", behind="&shared.k_empty[stage], "), "deadlock"),
    Mistake("A5", "the first keys left before `wgmma_wait`",
            swapped("wgmma_wait<0>(s);\n", "      leave(shared.k_empty, keys);\n"), {1: WRITTEN_OVER}),
    Mistake("A5", "later keys left before `wgmma_wait<1>`",
            swapped("wgmma_wait<1>(s);\n", "        leave(shared.k_empty, keys);\n"), NOTHING),
    Mistake("A5", "values left before `wgmma_wait`",
            swapped(WAIT_SUM + "        wgmma_hold(p);\n        ", LEAVE_VALUES + "        "), {1: WRITTEN_OVER}),
    Mistake("A5", "no `wgmma_fence` before the sums", without("      wgmma_fence();\n", behind="wgmma_hold(p);\n"), NO_FENCE),
    Mistake("A5", "`shrink` before `wgmma_wait<0>(sum)`",
            swapped(WAIT_SUM + "        wgmma_hold(p);\n        " + LEAVE_VALUES, "        softmax.shrink(sum);\n"), WRONG),
    Mistake("A5", "nobody passes the first turn", without("if (consumer + 1 == kConsumers) turn_pass(kTurn);"), "deadlock"),
    Mistake("A5", "the last turn passed as well: nobody waits for it",
            without("if (consumer + 1 < kConsumers || key + kKeys < seen) "), NOTHING),
    Mistake("A5", "no turns at all",
            without("if (consumer + 1 == kConsumers) turn_pass(kTurn);") + without("pass(0);") + without("pass(key);") +
            without(TURN_WAIT, behind="q_full, 0);\n      ") + without(TURN_WAIT, behind="key += kKeys) {\n        "), NOTHING),
    Mistake("A5", "no `warpgroup_sync` before the store", without("warpgroup_sync(kStore + consumer);"), WRONG),
    Mistake("A5", "one consumer stores, for both", instead("threadIdx.x % 128 == 0) {\n      store_tile",
                                                           "threadIdx.x == 128) {\n      store_tile"), WRONG),
    Mistake("A5", "no `tma_store_wait_read`", without("tma_store_wait_read<0>();"), STILL_READ),
    Mistake("A5", "no `shared_to_async`", without("shared_to_async();"), NOTHING),
    Mistake("A5b", "no wait for `kv_full`", without("barrier_wait(&shared.kv_full, 0);"), {1: ENDED}),
    Mistake("A5b", "`full` counts TMA's two arrivals, not the lanes'", without(" + 32", behind="&shared.full[stage], 2"),
            "mbarrier: more than the 2 arrivals of a phase"),
    Mistake("A5b", "the stage left before `wgmma_wait<1>`", swapped(WAIT_PRODUCTS, ARRIVE + "      "), {1: WRITTEN_OVER}),
    Mistake("A5b", "`kBoth` not awaited before `dQ`",
            without("named_wait(kBoth, kConsumers * 128);\n", before="      float dq"), WRONG),
    Mistake("A5b", "one `ds` for all tiles", instead("shared.ds[ring.stage]", "shared.ds[0]"), {1: WRONG}),
    Mistake("A5b", "no `tma_store_wait_read` before the next piece",
            without("if (storer) tma_store_wait_read<0>();"), WRONG),
    Mistake("A5b", "no `warpgroup_sync` after it", without(OWN_SYNC, behind="tma_store_wait_read<0>();\n      "), WRONG),
    Mistake("A5b", "no `warpgroup_sync` before `tma_add`",
            without(OWN_SYNC, behind="shared_to_async();\n      "), {1: WRONG}),
    Mistake("A5b", "`kBoth` not awaited before the last store",
            without("named_wait(kBoth, kConsumers * 128);\n", before="    store_rows"), WRONG),
    Mistake("A5b", "no `shared_to_async` after `store_left`",
            without("shared_to_async();", behind="left_ds);\n      "), NOTHING),
    Mistake("A5b", "no `wgmma_fence` before `dQ`", without("wgmma_fence();", behind="float dq[32];\n      "), NOTHING),
]

MISTAKES = GEMM + FUSED + WARPGROUPS
