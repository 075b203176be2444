//! Simulated time, the event queue, named random streams, queues and processors, histograms.
