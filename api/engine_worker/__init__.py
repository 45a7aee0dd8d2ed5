"""The worker process that holds llama.cpp: python -m api.engine_worker, started by the engine only."""
