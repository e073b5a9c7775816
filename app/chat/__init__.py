"""The analyst chat as a service: conversations over WebSocket, their queue, their transcripts."""
